namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>What code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    // A collection that a test beside causes counts what is left of this thread's allocation buffer, up to 8 KB, as allocated.
    private const int WarmUps = 2, Attempts = 5;

    /// <summary>Bytes that a call allocates once everything is compiled and all buffers are there: the least of several calls.</summary>
    public static long Of(Action call)
    {
        for (var i = 0; i < WarmUps; i++)
            call();
        return Enumerable.Range(0, Attempts).Min(_ => OfOne(call));
    }

    private static long OfOne(Action call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
