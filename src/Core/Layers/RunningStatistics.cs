using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>The mean and variance per channel that inference normalizes with. They start at 0 and 1.</summary>
internal sealed class RunningStatistics
{
    private readonly float epsilon;
    private readonly float? momentum;
    private readonly double[] blended;
    private ChannelMoments? population;

    public RunningStatistics(int channels, float epsilon, float? momentum)
    {
        this.epsilon = epsilon;
        this.momentum = momentum;
        blended = new double[channels];
        Mean = new float[channels];
        Variance = new float[channels];
        Variance.AsSpan().Fill(1);
    }

    public float[] Mean { get; }

    /// <summary>Of the unbiased batch variances.</summary>
    public float[] Variance { get; }

    /// <summary>Number of training batches so far.</summary>
    public long Batches { get; set; }

    /// <summary>running = (1 - momentum) * running + momentum * batch; without momentum, the average of all batches.</summary>
    public void Update(BatchStatistics batch)
    {
        Batches++;
        var weight = momentum ?? 1.0 / Batches;
        Blend(Mean, 1 - weight, batch.Means, weight);
        Blend(Variance, 1 - weight, batch.SquaredDeviations, weight / batch.UnbiasedWeight);
    }

    /// <summary>
    /// Takes the place of the running averages: mean and unbiased variance of all values since <paramref name="startOver"/>, whatever
    /// batches they came in, and on whatever rank. Not the mean of the batch variances: that lacks the variance of the batch means.
    /// </summary>
    public void Pool(ReadOnlySpan<float> x, bool startOver, Ranks? ranks = null)
    {
        if (startOver || population is null)
            population = new ChannelMoments(Mean.Length);
        population.Add(x);
        var all = ranks.Merged(population);
        for (var c = 0; c < Mean.Length; c++)
        {
            Mean[c] = (float)all.Mean(c);
            Variance[c] = (float)all.UnbiasedVariance(c);
        }
    }

    /// <summary>sqrt(variance + epsilon).</summary>
    public double StdDev(int channel) => Math.Sqrt((double)Variance[channel] + epsilon);

    /// <summary>gamma * (x - mean) / sqrt(variance + epsilon) + beta = x * scale + shift.</summary>
    public void Fold(ReadOnlySpan<float> gamma, ReadOnlySpan<float> beta, Span<float> scale, Span<float> shift)
    {
        for (var c = 0; c < Mean.Length; c++)
        {
            var factor = gamma[c] / StdDev(c);
            scale[c] = (float)factor;
            shift[c] = (float)(beta[c] - Mean[c] * factor);
        }
    }

    public void CopyFrom(RunningStatistics other)
    {
        other.Mean.CopyTo(Mean, 0);
        other.Variance.CopyTo(Variance, 0);
        Batches = other.Batches;
    }

    /// <summary>average = keep * average + weight * values, in double.</summary>
    private void Blend(Span<float> average, double keep, ReadOnlySpan<double> values, double weight)
    {
        TensorPrimitives.ConvertTruncating<float, double>(average, blended);
        TensorPrimitives.Multiply(blended, keep, blended);
        TensorPrimitives.MultiplyAdd(values, weight, blended, blended);
        TensorPrimitives.ConvertTruncating<double, float>(blended, average);
    }
}
