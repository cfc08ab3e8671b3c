namespace MLNet.BatchNorm.Core.Distributed;

/// <summary>A rank that is a thread. What it shows the others lies in memory of its own, which they copy.</summary>
internal sealed class ThreadRank(ThreadRank[] ranks, int rank, RankBarrier barrier) : Ranks
{
    // Two, taken in turn: whoever fills one knows from the call in between that all have read it.
    private readonly byte[][] shown = [[], []];
    private readonly int[] lengths = new int[2];
    private int turn;

    public override int Rank => rank;

    public override int Count => ranks.Length;

    internal override void Gather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        var now = Show(mine);
        foreach (var other in ranks)
            other.Shown(now, mine.Length).CopyTo(all[(other.Rank * mine.Length)..]);
    }

    internal override void Exchange(ReadOnlySpan<byte> pieces, Span<byte> received)
    {
        var now = Show(pieces);
        var piece = pieces.Length / Count;
        foreach (var other in ranks)
            other.Shown(now, pieces.Length).Slice(rank * piece, piece).CopyTo(received[(other.Rank * piece)..]);
    }

    private int Show(ReadOnlySpan<byte> mine)
    {
        var now = turn;
        turn = 1 - turn;
        if (shown[now].Length < mine.Length)
            shown[now] = new byte[mine.Length];
        mine.CopyTo(shown[now]);
        lengths[now] = mine.Length;
        barrier.Wait();
        return now;
    }

    private ReadOnlySpan<byte> Shown(int turn, int expected) => lengths[turn] == expected
        ? shown[turn].AsSpan(0, expected)
        : throw new InvalidOperationException(
            $"Rank {rank} sends {lengths[turn]} bytes where another one expects {expected}. All ranks must make the same calls.");
}
