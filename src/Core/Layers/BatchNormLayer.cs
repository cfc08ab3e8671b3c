using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// Batch normalization as <see cref="BatchNormDefinition"/> says it. Every pixel of an image is one row of the matrix rows x channels.
/// </summary>
internal sealed class BatchNormLayer : Layer
{
    private readonly BatchNormDefinition definition;
    private readonly int channels;
    private readonly NormParameters parameters;
    private readonly RunningStatistics running;

    // Of the last training batch, for the way back: one batch, or the ghost batches it was cut into.
    private readonly List<BatchStatistics> batches = [];
    private float[] weights = [];
    private bool weighted;
    private bool relu;

    // The affine map that a kernel is asked for, and the sums that gradients are made of.
    private readonly float[] scale;
    private readonly float[] shift;
    private readonly float[] productSum;
    private readonly float[] gradientSum;

    public BatchNormLayer(LayerSite site, BatchNormDefinition definition) : base(site)
    {
        this.definition = definition;
        channels = site.Input.Channels;
        parameters = new NormParameters(site.Name, definition, channels);
        running = new RunningStatistics(channels, definition.Epsilon, definition.Momentum);
        scale = new float[channels];
        shift = new float[channels];
        productSum = new float[channels];
        gradientSum = new float[channels];
    }

    public override IReadOnlyList<Parameter> Parameters =>
        definition.Freeze == BatchNormFreeze.StatisticsAndAffine ? [] : parameters.Learned;

    /// <summary>gamma and beta as far as the layer has them, learned or frozen.</summary>
    public override IReadOnlyList<Parameter> SavedParameters => parameters.Learned;

    public override bool GoesBackInPlace => true;

    public float[] RunningMean => running.Mean;

    /// <summary>Of the unbiased batch variances.</summary>
    public float[] RunningVariance => running.Variance;

    /// <summary>Number of training batches so far; ghost batches count each.</summary>
    public long Batches
    {
        get => running.Batches;
        set => running.Batches = value;
    }

    public BatchNormInfo Describe() => new(
        Name, [.. parameters.Gamma.Value], [.. parameters.Beta.Value], [.. running.Mean], [.. running.Variance], running.Batches);

    public override ChannelAffine? InferenceAffine()
    {
        var affine = new ChannelAffine(new float[channels], new float[channels]);
        running.Fold(parameters.Gamma.Value, parameters.Beta.Value, affine.Scale, affine.Shift);
        return affine;
    }

    // On the way back the kernels tell from x where the ReLU was closed, which needs gamma and beta as the way forward had them.
    public override bool TakeRelu() =>
        relu |= definition is { Freeze: BatchNormFreeze.Nothing, Renormalization: null, WeightedStatistics: false };

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        if (pass.Phase == Phase.Inference || definition.Freeze != BatchNormFreeze.Nothing)
        {
            running.Fold(parameters.Gamma.Value, parameters.Beta.Value, scale, shift);
            BatchNormKernels.Affine(x, scale, shift, y, relu);
            return;
        }

        KeepWeights(pass.RowWeights);
        var chunks = ChunksOf(rows);
        while (batches.Count < chunks.Count)
            batches.Add(new BatchStatistics(channels, definition.Epsilon));
        for (var i = 0; i < chunks.Count; i++)
        {
            var (start, count) = chunks[i];
            Forward(Part(x, start, count), Part(y, start, count), batches[i], WeightsOf(start, count), pass, isFirst: i == 0);
        }
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (definition.Freeze != BatchNormFreeze.Nothing)
        {
            BackwardFrozen(x, dy, dx);
            return;
        }

        parameters.Gamma.Gradient.Clear();
        parameters.Beta.Gradient.Clear();
        var chunks = ChunksOf(rows);
        for (var i = 0; i < chunks.Count; i++)
        {
            var (start, count) = chunks[i];
            var partOfDx = dx.IsEmpty ? dx : Part(dx, start, count);
            Backward(Part(x, start, count), Part(dy, start, count), partOfDx, batches[i], WeightsOf(start, count));
        }
    }

    public override InferenceStep ForInference()
    {
        var affine = InferenceAffine()!.Value;
        return (x, y, _) => BatchNormKernels.Affine(x, affine.Scale, affine.Shift, y);
    }

    public override void CopyFrom(Layer trained)
    {
        base.CopyFrom(trained);
        running.CopyFrom(((BatchNormLayer)trained).running);
    }

    private void Forward(
        ReadOnlySpan<float> x, Span<float> y, BatchStatistics batch, ReadOnlySpan<float> rowWeights, Pass pass, bool isFirst)
    {
        Measure(x, rowWeights, batch);
        if (pass.Phase == Phase.Calibration)
        {
            running.Pool(x, startOver: pass.IsFirst && isFirst);
            BatchNormKernels.Forward(x, batch.RoundedMean, batch.InverseStdDev, parameters.Gamma.Value, parameters.Beta.Value, y, relu);
            return;
        }

        if (definition.Renormalization is { } renormalization)
        {
            // gamma * (xHat * r + d) + beta = xHat * (gamma * r) + (gamma * d + beta).
            batch.Renormalize(running, renormalization.LimitsAfter(running.Batches));
            TensorPrimitives.Multiply(parameters.Gamma.Value, batch.R, scale);
            TensorPrimitives.MultiplyAdd(parameters.Gamma.Value, batch.D, parameters.Beta.Value, shift);
            BatchNormKernels.Forward(x, batch.RoundedMean, batch.InverseStdDev, scale, shift, y);
        }
        else
        {
            BatchNormKernels.Forward(x, batch.RoundedMean, batch.InverseStdDev, parameters.Gamma.Value, parameters.Beta.Value, y, relu);
        }

        running.Update(batch);
    }

    private void Measure(ReadOnlySpan<float> x, ReadOnlySpan<float> rowWeights, BatchStatistics batch)
    {
        var count = x.Length / channels;
        if (!rowWeights.IsEmpty)
            count = count / rowWeights.Length * (rowWeights.Length - rowWeights.Count(0f));
        if (count < 2)
            throw new ArgumentException(
                $"Batch norm needs at least 2 values per channel{(rowWeights.IsEmpty ? "" : " with a weight above 0")} to train, "
                + $"got {count} (layer '{Name}', input {InputShape}). Use a larger batch; a trained network predicts single rows.");
        if (rowWeights.IsEmpty)
            batch.Measure(x);
        else
            batch.Measure(x, rowWeights);
    }

    private void Backward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx, BatchStatistics batch, ReadOnlySpan<float> rowWeights)
    {
        var gammaGradient = parameters.Gamma.Gradient;
        var betaGradient = parameters.Beta.Gradient;
        SumGradients(x, dy, batch);
        TensorPrimitives.Add(betaGradient, gradientSum, betaGradient);

        ReadOnlySpan<float> gamma = parameters.Gamma.Value;
        if (definition.Renormalization is null)
        {
            TensorPrimitives.Add(gammaGradient, productSum, gammaGradient);
        }
        else
        {
            // dGamma = sum(dy * (xHat * r + d)); for dx, r is a constant factor and d a constant.
            TensorPrimitives.MultiplyAdd(productSum, batch.R, gammaGradient, gammaGradient);
            TensorPrimitives.MultiplyAdd(gradientSum, batch.D, gammaGradient, gammaGradient);
            TensorPrimitives.Multiply(gamma, batch.R, scale);
            gamma = scale;
        }

        if (dx.IsEmpty)
            return;
        if (relu)
            BatchNormKernels.BackwardInputRelu(
                x, dy, batch.RoundedMean, batch.InverseStdDev, gamma, parameters.Beta.Value, productSum, gradientSum, dx);
        else if (rowWeights.IsEmpty)
            BatchNormKernels.BackwardInput(x, dy, batch.RoundedMean, batch.InverseStdDev, gamma, productSum, gradientSum, dx);
        else
            WeightedBatchNormKernels.BackwardInput(
                x, dy, rowWeights, batch.RoundedMean, batch.InverseStdDev, gamma, productSum, gradientSum, dx);
    }

    private void SumGradients(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, BatchStatistics batch)
    {
        var (mean, inverseStdDev) = (batch.RoundedMean, batch.InverseStdDev);
        if (relu)
            BatchNormKernels.BackwardParametersRelu(
                x, dy, mean, inverseStdDev, parameters.Gamma.Value, parameters.Beta.Value, productSum, gradientSum);
        else
            BatchNormKernels.BackwardParameters(x, dy, mean, inverseStdDev, productSum, gradientSum);
    }

    // The statistics are constants, so dx = dy * gamma / sqrt(variance + epsilon): an affine map again.
    private void BackwardFrozen(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        if (Parameters.Count > 0)
        {
            for (var c = 0; c < channels; c++)
                scale[c] = (float)(1 / running.StdDev(c));
            BatchNormKernels.BackwardParameters(x, dy, running.Mean, scale, parameters.Gamma.Gradient, parameters.Beta.Gradient);
        }

        if (dx.IsEmpty)
            return;
        running.Fold(parameters.Gamma.Value, parameters.Beta.Value, scale, shift);
        shift.AsSpan().Clear();
        BatchNormKernels.Affine(dy, scale, shift, dx);
    }

    private void KeepWeights(ReadOnlySpan<float> rowWeights)
    {
        weighted = definition.WeightedStatistics && !rowWeights.IsEmpty;
        if (!weighted)
            return;
        if (weights.Length < rowWeights.Length)
            weights = new float[rowWeights.Length];
        rowWeights.CopyTo(weights);
    }

    private RowChunks ChunksOf(int rows) => new(rows, definition.VirtualBatchSize ?? Math.Max(2, rows));

    private ReadOnlySpan<float> WeightsOf(int start, int count) => weighted ? weights.AsSpan(start, count) : [];

    private ReadOnlySpan<float> Part(ReadOnlySpan<float> matrix, int start, int count) =>
        matrix.Slice(start * InputShape.Size, count * InputShape.Size);

    private Span<float> Part(Span<float> matrix, int start, int count) => matrix.Slice(start * InputShape.Size, count * InputShape.Size);
}
