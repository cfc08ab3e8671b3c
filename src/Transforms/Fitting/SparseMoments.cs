using System.Numerics;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>
/// The moments of sparse rows, from their explicit values alone: all zeros of a channel together are one group with mean 0 and no
/// deviation, whose size follows from the number of rows.
/// </summary>
internal sealed class SparseMoments(ChannelMap map)
{
    private readonly ChannelMoments explicitValues = new(map.Channels);
    private readonly double[] missingWeight = new double[map.Channels];
    private long rows;
    private double weightOfRows;

    public void Add<T>(ReadOnlySpan<int> slots, ReadOnlySpan<T> values, float weight)
        where T : unmanaged, INumberBase<T>
    {
        for (var i = 0; i < slots.Length; i++)
        {
            var channel = map.ChannelOf(slots[i]);
            explicitValues.Add(channel, double.CreateTruncating(values[i]), weight);
            if (T.IsNaN(values[i]))
                missingWeight[channel] += weight;
        }

        rows++;
        weightOfRows += weight;
    }

    /// <summary>The moments of all values, zeros included; to be called once.</summary>
    public ChannelMoments ToMoments()
    {
        for (var c = 0; c < map.Channels; c++)
        {
            var zeros = rows * map.SlotsPerChannel - explicitValues.Count(c) - explicitValues.Missing(c);
            // Rounding of the weights' sums must not leave a group of zeros where there is none.
            var weight = zeros == 0 ? 0 : weightOfRows * map.SlotsPerChannel - explicitValues.Weight(c) - missingWeight[c];
            explicitValues.Merge(c, zeros, Math.Max(0, weight), mean: 0, squaredDeviation: 0);
        }

        return explicitValues;
    }
}
