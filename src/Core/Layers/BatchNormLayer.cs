using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// Batch normalization as <see cref="BatchNormDefinition"/> says it. Every pixel of an image is one row of the matrix rows x channels.
/// </summary>
internal sealed class BatchNormLayer : Layer
{
    private readonly BatchNormDefinition definition;
    private readonly int channels;
    private readonly Parameter gamma;
    private readonly Parameter beta;

    // Of the last training batch, for the way back.
    private readonly float[] mean;
    private readonly float[] inverseStdDev;

    private readonly double[] batchMean;
    private readonly double[] batchSquaredDeviations;
    private readonly float[] inferenceScale;
    private readonly float[] inferenceShift;

    public BatchNormLayer(LayerSite site, BatchNormDefinition definition) : base(site)
    {
        this.definition = definition;
        channels = site.Input.Channels;
        gamma = new Parameter($"{site.Name}.gamma", channels, decays: false);
        beta = new Parameter($"{site.Name}.beta", channels, decays: false);
        gamma.Value.Fill(1);
        Parameters = (definition.Scale, definition.Center) switch
        {
            (true, true) => [gamma, beta],
            (true, false) => [gamma],
            (false, true) => [beta],
            _ => [],
        };
        mean = new float[channels];
        inverseStdDev = new float[channels];
        batchMean = new double[channels];
        batchSquaredDeviations = new double[channels];
        inferenceScale = new float[channels];
        inferenceShift = new float[channels];
        RunningMean = new float[channels];
        RunningVariance = new float[channels];
        RunningVariance.AsSpan().Fill(1);
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public float[] RunningMean { get; }

    /// <summary>Of the unbiased batch variances.</summary>
    public float[] RunningVariance { get; }

    /// <summary>Number of training batches so far.</summary>
    public long Batches { get; set; }

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        if (pass.Phase == Phase.Training)
        {
            TakeBatchStatistics(x);
            BatchNormKernels.Forward(x, mean, inverseStdDev, gamma.Value, beta.Value, y);
        }
        else
        {
            FoldRunningStatistics(inferenceScale, inferenceShift);
            BatchNormKernels.Affine(x, inferenceScale, inferenceShift, y);
        }
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        BatchNormKernels.BackwardParameters(x, dy, mean, inverseStdDev, gamma.Gradient, beta.Gradient);
        if (!dx.IsEmpty)
            BatchNormKernels.BackwardInput(x, dy, mean, inverseStdDev, gamma.Value, gamma.Gradient, beta.Gradient, dx);
    }

    public override FrozenLayer Freeze()
    {
        var scale = new float[channels];
        var shift = new float[channels];
        FoldRunningStatistics(scale, shift);
        return (x, y, _) => BatchNormKernels.Affine(x, scale, shift, y);
    }

    private void TakeBatchStatistics(ReadOnlySpan<float> x)
    {
        var count = x.Length / channels;
        if (count < 2)
            throw new ArgumentException(
                $"Batch norm needs at least 2 values per channel to train, got {count} (layer '{Name}', input {InputShape}). "
                + "Use a larger batch; a trained network predicts single rows.");

        BatchNormKernels.Moments(x, batchMean, batchSquaredDeviations);
        Batches++;
        var weight = definition.Momentum ?? 1.0 / Batches;
        for (var c = 0; c < channels; c++)
        {
            mean[c] = (float)batchMean[c];
            inverseStdDev[c] = (float)(1 / Math.Sqrt(batchSquaredDeviations[c] / count + definition.Epsilon));
            RunningMean[c] = (float)((1 - weight) * RunningMean[c] + weight * batchMean[c]);
            RunningVariance[c] = (float)((1 - weight) * RunningVariance[c] + weight * (batchSquaredDeviations[c] / (count - 1)));
        }
    }

    // gamma * (x - mean) / sqrt(variance + epsilon) + beta = x * scale + shift.
    private void FoldRunningStatistics(Span<float> scale, Span<float> shift)
    {
        var gammas = gamma.Value;
        var betas = beta.Value;
        for (var c = 0; c < channels; c++)
        {
            var factor = gammas[c] / Math.Sqrt((double)RunningVariance[c] + definition.Epsilon);
            scale[c] = (float)factor;
            shift[c] = (float)(betas[c] - RunningMean[c] * factor);
        }
    }
}
