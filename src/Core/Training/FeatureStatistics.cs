using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Measures training rows for a <see cref="FeatureEncodingDefinition"/>.</summary>
internal static class FeatureStatistics
{
    // Quantiles of so many rows are good to about half a percent of the rows.
    private const int RowsForQuantiles = 10_000;
    private const int RowsAtOnce = 1_024;

    // An encoding of thousands of numbers would cost more than it tells.
    private const int MostOutputs = 4_096;
    private const int LeastBins = 4;

    /// <summary>The network with its first layer measured, if that is an encoding; else the network as it is.</summary>
    public static NetworkDefinition Measure(NetworkDefinition network, RowSource rows, Shape input)
    {
        if (network.Layers is not [FeatureEncodingDefinition { Scales: null } encoding, ..])
            return network;
        var measured = encoding with { Scales = Measure(encoding.Bins, rows, input.Channels) };
        return new NetworkDefinition([measured, .. network.Layers.Skip(1)]);
    }

    private static FeatureScales Measure(int bins, RowSource rows, int channels)
    {
        var moments = new ChannelMoments(channels);
        var isIndicator = new bool[channels];
        isIndicator.AsSpan().Fill(true);
        var sample = new List<float>[bins > 0 ? channels : 0];
        for (var c = 0; c < sample.Length; c++)
            sample[c] = [];
        var every = Math.Max(1, rows.Rows / RowsForQuantiles);

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
                for (var c = 0; c < channels; c++)
                    isIndicator[c] &= values[c] is 0 or 1;
                if (row % every == 0)
                    for (var c = 0; c < sample.Length; c++)
                        sample[c].Add(values[c]);
            }
        }

        var numbers = isIndicator.Count(indicator => !indicator);
        var most = numbers == 0 ? 0 : Math.Min(bins, Math.Max(0, MostOutputs - channels) / numbers);
        var (mean, factor, edges) = (new float[channels], new float[channels], new float[channels][]);
        for (var c = 0; c < channels; c++)
        {
            var variance = moments.PopulationVariance(c);
            (mean[c], factor[c]) = isIndicator[c] ? (0, 1)
                : variance > 0 ? ((float)moments.Mean(c), (float)(1 / Math.Sqrt(variance)))
                : ((float)moments.Mean(c), 0);
            edges[c] = most >= LeastBins && !isIndicator[c] ? EdgesOf(sample[c], most) : [];
        }

        return new FeatureScales(mean, factor, edges);
    }

    /// <summary>Every value that occurs, if these are few; else quantiles at even shares. None for fewer than three values.</summary>
    private static float[] EdgesOf(List<float> values, int bins)
    {
        values.Sort();
        float[] distinct = [.. values.Distinct()];
        if (distinct.Length <= 2)
            return [];
        return distinct.Length <= bins + 1
            ? distinct
            : [.. Enumerable.Range(0, bins + 1).Select(i => values[(int)((long)i * (values.Count - 1) / bins)]).Distinct()];
    }
}
