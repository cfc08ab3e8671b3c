using System.Diagnostics;

namespace MLNet.BatchNorm.Tests;

/// <summary>What a reader promises of files that anybody may have written.</summary>
internal static class ReaderContract
{
    private const long MostBytes = 64 << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Holds that a file ends in something that was read or in a <typeparamref name="TRefusal"/>, within two seconds and 64 MB and eight
    /// times the file of memory.
    /// </summary>
    /// <param name="file">The bytes.</param>
    /// <param name="read">Reads them, and uses what it read.</param>
    /// <param name="which">The file in errors.</param>
    /// <returns>Whether it was read.</returns>
    public static bool IsRead<TRefusal>(byte[] file, Action<byte[]> read, string which)
        where TRefusal : Exception
    {
        for (var attempt = 1; ; attempt++)
        {
            var (before, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            var thrown = Record.Exception(() => read(file));
            var (bytes, time) = (GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(start));
            (thrown?.GetBaseException() is null or TRefusal).Should().BeTrue("{0} gave {1}", which, thrown);
            bytes.Should().BeLessThan(MostBytes + (8L * file.Length), which);
            if (time < MostTime)
                return thrown is null;
            // Once more: another test may have held the processor.
            attempt.Should().BeLessThan(3, "{0} took {1}", which, time);
        }
    }
}
