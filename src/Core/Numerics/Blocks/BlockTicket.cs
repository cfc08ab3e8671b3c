namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The blocks nobody has claimed yet, first to end, in one word: generation (32 bits), end (16), first (16).</summary>
internal static class BlockTicket
{
    public static ulong Open(uint generation, int blocks) => ((ulong)generation << 32) | ((ulong)(uint)blocks << 16);

    public static bool HasUnclaimed(ref ulong ticket) => Unclaimed(Volatile.Read(ref ticket)) > 0;

    public static bool TryClaimFirst(ref ulong ticket, out int block)
    {
        var seen = Volatile.Read(ref ticket);
        while (Unclaimed(seen) > 0)
        {
            var before = Interlocked.CompareExchange(ref ticket, seen + 1, seen);
            if (before == seen)
            {
                block = First(seen);
                return true;
            }

            seen = before;
        }

        block = 0;
        return false;
    }

    public static bool TryClaimLast(ref ulong ticket, out int block)
    {
        var seen = Volatile.Read(ref ticket);
        while (Unclaimed(seen) > 0)
        {
            var before = Interlocked.CompareExchange(ref ticket, seen - (1 << 16), seen);
            if (before == seen)
            {
                block = End(seen) - 1;
                return true;
            }

            seen = before;
        }

        block = 0;
        return false;
    }

    /// <summary>Leaves nothing to claim; returns how many blocks nobody had claimed.</summary>
    public static int Close(ref ulong ticket) => Unclaimed(Interlocked.Exchange(ref ticket, 0));

    private static int First(ulong ticket) => (ushort)ticket;

    private static int End(ulong ticket) => (ushort)(ticket >> 16);

    private static int Unclaimed(ulong ticket) => End(ticket) - First(ticket);
}
