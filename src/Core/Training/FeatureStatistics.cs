using System.Runtime.InteropServices;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Measures training rows for a <see cref="FeatureEncodingDefinition"/>.</summary>
internal static class FeatureStatistics
{
    private const int RowsAtOnce = 1_024;

    // Shares of so many rows are good to about half a percent; features of so many numbers in all are kept for them.
    private const int RowsForEdges = 10_000;
    private const int NumbersForEdges = 1 << 26;

    // Of fewer rows a bin tells more noise than signal, and an encoding of thousands of numbers costs more than it tells.
    private const int LeastRowsPerBin = 30;
    private const int LeastBins = 2;
    private const int MostOutputs = 4_096;

    /// <summary>The network with its first layer measured, if that is an encoding; else the network as it is.</summary>
    /// <param name="network">The layers.</param>
    /// <param name="rows">The rows of this rank.</param>
    /// <param name="input">Shape of the features of a row.</param>
    /// <param name="ranks">On whose rows to measure too; null: nobody's.</param>
    public static NetworkDefinition Measure(NetworkDefinition network, RowSource rows, Shape input, Ranks? ranks = null)
    {
        if (network.Layers is not [FeatureEncodingDefinition { Scales: null } encoding, ..])
            return network;
        var measured = encoding with { Scales = Measure(encoding.Bins, rows, input.Channels, ranks) };
        return new NetworkDefinition([measured, .. network.Layers.Skip(1)]);
    }

    private static FeatureScales Measure(int bins, RowSource rows, int channels, Ranks? ranks)
    {
        var moments = new ChannelMoments(channels);
        var twoValues = new TwoValues(channels);
        var sample = new List<float>[bins > 0 ? channels : 0];
        for (var c = 0; c < sample.Length; c++)
            sample[c] = [];
        var total = ranks.All(rows.Rows).Sum(rowsOfRank => (long)rowsOfRank);
        var every = Math.Max(1, total / Math.Max(1, Math.Min(RowsForEdges, NumbersForEdges / channels)));

        using var batches = rows.InBatches(Math.Min(RowsAtOnce, Math.Max(2, rows.Rows)));
        batches.Start(shuffle: null);
        var row = 0;
        for (var i = 0; i < batches.Count; i++)
        {
            var batch = batches.Next();
            moments.Add<float>(batch.Features, batch.Features.Length == batch.Rows * channels ? batch.Weights : []);
            for (var start = 0; start < batch.Features.Length; start += channels, row++)
            {
                var values = batch.Features.Slice(start, channels);
                twoValues.Add(values);
                if (row % every == 0)
                    for (var c = 0; c < sample.Length; c++)
                        sample[c].Add(values[c]);
            }
        }

        moments = ranks.Merged(moments);
        twoValues = twoValues.Merged(ranks);
        for (var c = 0; c < sample.Length; c++)
            sample[c] = [.. ranks.AllOf<float>(CollectionsMarshal.AsSpan(sample[c])).SelectMany(values => values)];
        var numbers = Enumerable.Range(0, channels).Count(c => !twoValues.Hold(c));
        var most = numbers == 0
            ? 0
            : (int)Math.Min(Math.Min(bins, total / LeastRowsPerBin), Math.Max(0, MostOutputs - channels) / numbers);
        var (mean, factor, edges) = (new float[channels], new float[channels], new float[channels][]);
        for (var c = 0; c < channels; c++)
        {
            var variance = moments.PopulationVariance(c);
            (mean[c], factor[c]) = twoValues.Hold(c) ? twoValues.OffsetAndFactor(c)
                : ((float)moments.Mean(c), variance > 0 ? Factor(Math.Sqrt(variance)) : 0);
            edges[c] = most >= LeastBins && !twoValues.Hold(c) ? BinEdges.Of(sample[c], most) : [];
        }

        return new FeatureScales(mean, factor, edges, BinEdges.Means(sample, edges));
    }

    // Of features of 1e-40 the factor would be infinite, which makes NaN of 0.
    private static float Factor(double deviation) => (float)Math.Min(1 / deviation, float.MaxValue);

    /// <summary>Which features have at most two values, and which.</summary>
    private sealed class TwoValues
    {
        private readonly float[] first;
        private readonly float[] second;   // equal to the first as long as there is none
        private readonly bool[] more;
        private bool isEmpty = true;

        public TwoValues(int features) => (first, second, more) = (new float[features], new float[features], new bool[features]);

        public void Add(ReadOnlySpan<float> row)
        {
            if (isEmpty)
            {
                row.CopyTo(first);
                row.CopyTo(second);
                isEmpty = false;
            }

            for (var c = 0; c < row.Length; c++)
            {
                if (row[c] == first[c] || row[c] == second[c])
                    continue;
                if (first[c] == second[c])
                    second[c] = row[c];
                else
                    more[c] = true;
            }
        }

        /// <summary>The values of all ranks, in their order.</summary>
        public TwoValues Merged(Ranks? ranks)
        {
            if (ranks is null)
                return this;
            var all = new TwoValues(first.Length);
            var (firsts, seconds, mores) = (ranks.AllOf<float>(first), ranks.AllOf<float>(second), ranks.AllOf<bool>(more));
            for (var rank = 0; rank < firsts.Length; rank++)
            {
                all.Add(firsts[rank]);
                all.Add(seconds[rank]);
                for (var c = 0; c < first.Length; c++)
                    all.more[c] |= mores[rank][c];
            }

            return all;
        }

        public bool Hold(int feature) => !more[feature];

        /// <summary>What makes 0 of the smaller and 1 of the larger, and 0 of one value alone.</summary>
        public (float Offset, float Factor) OffsetAndFactor(int feature)
        {
            var (low, high) = (Math.Min(first[feature], second[feature]), Math.Max(first[feature], second[feature]));
            return (low, high > low ? Factor((double)high - low) : 0);
        }
    }
}
