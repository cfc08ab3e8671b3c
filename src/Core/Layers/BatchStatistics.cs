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
    private double weight;

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

    public double UnbiasedWeight { get; private set; }

    /// <summary>Measures a batch of at least two values per channel.</summary>
    public void Measure(ReadOnlySpan<float> x)
    {
        BatchNormKernels.Moments(x, means, squaredDeviations);
        weight = x.Length / means.Length;
        UnbiasedWeight = weight - 1;
        Round();
    }

    /// <summary>Measures a batch whose rows count by their weights, at least two values per channel by more than 0.</summary>
    public void Measure(ReadOnlySpan<float> x, ReadOnlySpan<float> rowWeights)
    {
        WeightedBatchNormKernels.Moments(x, rowWeights, means, squaredDeviations);
        var (sum, squares) = (0.0, 0.0);
        foreach (var rowWeight in rowWeights)
        {
            sum += rowWeight;
            squares += (double)rowWeight * rowWeight;
        }

        // W - sum(w^2) / W over all values: with weights of 1 it is count - 1, and it scales as the weights do.
        weight = sum * (x.Length / means.Length / rowWeights.Length);
        UnbiasedWeight = weight - squares / sum;
        Round();
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
        TensorPrimitives.ConvertTruncating<double, float>(means, RoundedMean);
        TensorPrimitives.Divide(squaredDeviations, weight, inverseStdDevs);
        TensorPrimitives.Add(inverseStdDevs, epsilon, inverseStdDevs);
        TensorPrimitives.Sqrt(inverseStdDevs, inverseStdDevs);
        TensorPrimitives.Divide(1, inverseStdDevs, inverseStdDevs);
        TensorPrimitives.ConvertTruncating<double, float>(inverseStdDevs, InverseStdDev);
    }
}
