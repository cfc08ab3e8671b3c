using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Many rows cut into parts by their number alone, measured each by itself, on any thread, and merged in order: so the moments are the same
/// to the last bit for every number of threads.
/// </summary>
internal sealed class ChannelMomentsParts(int channels)
{
    /// <summary>
    /// From this many values on, which are more than the cores' own caches hold. What was just made is still in the cache of the core that
    /// made it, and would take longer to come over to another one than to be read.
    /// </summary>
    public const int WorthCutting = 1 << 21;

    private const int LeastPart = 1 << 20;
    private const int MostParts = 16;

    private readonly List<ChannelMoments> parts = [];

    /// <summary>
    /// Adds rows to <paramref name="total"/>, as <see cref="ChannelMoments.Add{T}(ReadOnlySpan{T}, ReadOnlySpan{float})"/>.
    /// </summary>
    public void AddTo<T>(ChannelMoments total, ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights) where T : unmanaged, INumberBase<T>
    {
        var count = Math.Min(rows.Length / LeastPart, MostParts);
        while (parts.Count < count)
            parts.Add(new ChannelMoments(channels));
        const int operationsPerValue = 16;
        var job = new Job<T>(parts, count, rows, rowWeights, channels);
        BlockRunner.Run(ref job, count, (long)operationsPerValue * rows.Length);
        for (var i = 0; i < count; i++)
            total.Merge(parts[i]);
    }

    private readonly ref struct Job<T>(
        List<ChannelMoments> parts, int count, ReadOnlySpan<T> rows, ReadOnlySpan<float> rowWeights, int channels) : IBlockJob
        where T : unmanaged, INumberBase<T>
    {
        private readonly ReadOnlySpan<T> rows = rows;
        private readonly ReadOnlySpan<float> rowWeights = rowWeights;

        public void Run(int block)
        {
            var (first, end) = BlockRunner.Part(rows.Length / channels, block, count);
            var part = parts[block];
            part.Clear();
            part.AddInOrder(rows[(first * channels)..(end * channels)], rowWeights.IsEmpty ? [] : rowWeights[first..end]);
        }
    }
}
