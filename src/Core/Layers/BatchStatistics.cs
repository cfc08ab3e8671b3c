using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// What one batch, or ghost batch, is normalized with: y = gamma * (xHat * r + d) + beta with xHat = (x - mean) / sqrt(variance + epsilon).
/// Kept for the way back. Without renormalization r is 1 and d is 0.
/// </summary>
internal sealed class BatchStatistics
{
    /// <summary>Size of the arrays, in floats: three of double, four of float.</summary>
    public const int ValuesPerChannel = 10;

    private readonly double[] means;
    private readonly double[] squaredDeviations;
    private readonly double[] inverseStdDevs;
    private readonly float epsilon;
    private double weight;   // of all values; without weights their number
    private double rowWeight;
    private double squaredRowWeight;

    public BatchStatistics(int channels, float epsilon)
    {
        this.epsilon = epsilon;
        means = new double[channels];
        squaredDeviations = new double[channels];
        inverseStdDevs = new double[channels];
        RoundedMean = new float[channels];
        InverseStdDev = new float[channels];
        R = new float[channels];
        D = new float[channels];
    }

    public float[] RoundedMean { get; }

    /// <summary>1 / sqrt(variance + epsilon), the variance biased.</summary>
    public float[] InverseStdDev { get; }

    public float[] R { get; }

    public float[] D { get; }

    /// <summary>Whether r and d are others than 1 and 0; without it, the arrays mean nothing.</summary>
    public bool IsRenormalized { get; private set; }

    public ReadOnlySpan<double> Means => means;

    /// <summary>Divided by <see cref="UnbiasedWeight"/>, the unbiased variances.</summary>
    public ReadOnlySpan<double> SquaredDeviations => squaredDeviations;

    /// <summary>
    /// W - sum(w^2) / W over all values: with weights of 1 it is count - 1, and it scales as the weights do.
    /// </summary>
    public double UnbiasedWeight => weight - squaredRowWeight / rowWeight;

    /// <summary>Weight of this rank's rows in the statistics; 1 unless they are those of several ranks.</summary>
    public double OwnShare { get; private set; }

    /// <summary>Measures a batch of at least two values per channel.</summary>
    public void Measure(ReadOnlySpan<float> x)
    {
        BatchNormKernels.Moments(x, means, squaredDeviations);
        weight = x.Length / means.Length;
        (rowWeight, squaredRowWeight) = (weight, weight);
        Round();
    }

    /// <summary>Measures a batch whose rows count by their weights, at least two values per channel by more than 0.</summary>
    public void Measure(ReadOnlySpan<float> x, ReadOnlySpan<float> rowWeights)
    {
        WeightedBatchNormKernels.Moments(x, rowWeights, means, squaredDeviations);
        (rowWeight, squaredRowWeight) = (0, 0);
        foreach (var ofRow in rowWeights)
        {
            rowWeight += ofRow;
            squaredRowWeight += (double)ofRow * ofRow;
        }

        weight = rowWeight * (x.Length / means.Length / rowWeights.Length);
        Round();
    }

    /// <summary>How many numbers <see cref="CopyTo"/> writes.</summary>
    public static int Length(int channels) => 3 + 2 * channels;

    /// <summary>Writes what <see cref="Merge"/> reads.</summary>
    public void CopyTo(Span<double> numbers)
    {
        (numbers[0], numbers[1], numbers[2]) = (weight, rowWeight, squaredRowWeight);
        means.CopyTo(numbers[3..]);
        squaredDeviations.CopyTo(numbers[(3 + means.Length)..]);
    }

    /// <summary>Becomes the statistics of several batches together, by the rule and in the memory of <paramref name="moments"/>.</summary>
    /// <returns>Whether there are any: zeros stand for none.</returns>
    public bool Merge(ReadOnlySpan<double> batches, ChannelMoments moments)
    {
        var own = weight;
        (weight, rowWeight, squaredRowWeight) = (0, 0, 0);
        moments.Clear();
        for (var channels = means.Length; !batches.IsEmpty; batches = batches[Length(channels)..])
        {
            weight += batches[0];
            rowWeight += batches[1];
            squaredRowWeight += batches[2];
            for (var c = 0; c < channels; c++)
                moments.Merge(c, count: 1, batches[0], batches[3 + c], batches[3 + channels + c]);
        }

        if (weight == 0)
            return false;
        for (var c = 0; c < means.Length; c++)
            (means[c], squaredDeviations[c]) = (moments.Mean(c), moments.SquaredDeviations(c));
        Round();
        OwnShare = own / weight;
        return true;
    }

    /// <summary>r and d of Ioffe (2017, arXiv:1702.03275), towards the statistics before this batch.</summary>
    public void Renormalize(RunningStatistics running, (double R, double D) limits)
    {
        IsRenormalized = true;
        for (var c = 0; c < means.Length; c++)
        {
            var runningStdDev = running.StdDev(c);
            R[c] = (float)Math.Clamp(StdDev(c) / runningStdDev, 1 / limits.R, limits.R);
            D[c] = (float)Math.Clamp((means[c] - running.Mean[c]) / runningStdDev, -limits.D, limits.D);
        }
    }

    private double StdDev(int channel) => Math.Sqrt(squaredDeviations[channel] / weight + epsilon);

    private void Round()
    {
        IsRenormalized = false;
        OwnShare = 1;
        TensorPrimitives.ConvertTruncating<double, float>(means, RoundedMean);
        TensorPrimitives.Divide(squaredDeviations, weight, inverseStdDevs);
        TensorPrimitives.Add(inverseStdDevs, epsilon, inverseStdDevs);
        TensorPrimitives.Sqrt(inverseStdDevs, inverseStdDevs);
        TensorPrimitives.Divide(1, inverseStdDevs, inverseStdDevs);
        TensorPrimitives.ConvertTruncating<double, float>(inverseStdDevs, InverseStdDev);
    }
}
