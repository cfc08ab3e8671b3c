using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>
/// What <see cref="BatchNormDefinition"/> says, forward and back, with the statistics that <see cref="BatchNormStatistics"/> chooses. Every
/// pixel of an image is one row of the matrix rows x channels.
/// </summary>
internal sealed partial class BatchNormLayer : Layer
{
    private readonly BatchNormDefinition definition;
    private readonly NormParameters parameters;
    private readonly BatchNormStatistics statistics;
    private bool relu;

    // The affine map that a kernel is asked for, and the sums that gradients are made of.
    private readonly float[] scale;
    private readonly float[] shift;
    private readonly float[] productSum;
    private readonly float[] gradientSum;

    public BatchNormLayer(LayerSite site, BatchNormDefinition definition) : base(site)
    {
        this.definition = definition;
        var channels = site.Input.Channels;
        parameters = new NormParameters(site.Name, definition, channels);
        statistics = new BatchNormStatistics(site, definition);
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

    public override bool ReadsInput => !statistics.AreFrozen || Parameters.Count > 0;

    public override long KeptValues => statistics.KeptValues;

    public float[] RunningMean => Running.Mean;

    /// <summary>Of the unbiased batch variances.</summary>
    public float[] RunningVariance => Running.Variance;

    /// <summary>Number of training batches so far; ghost batches count each.</summary>
    public long Batches
    {
        get => Running.Batches;
        set => Running.Batches = value;
    }

    /// <summary>Size of the ghost batches of training; null: there are none.</summary>
    public int? VirtualBatchSize => statistics.AreFrozen ? null : definition.VirtualBatchSize;

    // The kernels that take in what follows know batch statistics of equal rows, and gamma and beta as they are.
    private bool IsPlain => definition is { Freeze: BatchNormFreeze.Nothing, Renormalization: null, WeightedStatistics: false };

    private RunningStatistics Running => statistics.Running;

    private ReadOnlySpan<float> Gamma => parameters.Gamma.Value;

    private ReadOnlySpan<float> Beta => parameters.Beta.Value;

    public BatchNormInfo Describe() => new(Name, [.. Gamma], [.. Beta], [.. Running.Mean], [.. Running.Variance], Running.Batches);

    public override ChannelAffine? InferenceAffine()
    {
        var affine = new ChannelAffine(new float[scale.Length], new float[scale.Length]);
        Running.Fold(Gamma, Beta, affine.Scale, affine.Shift);
        return affine;
    }

    // On the way back the kernels tell from x where the ReLU was closed, which needs gamma and beta as the way forward had them.
    public override bool TakeRelu() => relu |= IsPlain;

    public override ITrainingStep? JoinedWith(Layer next) =>
        IsPlain && next is MaxPool2DLayer { IsOfFour: true } pooling ? new Pooled(this, pooling) : null;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        if (pass.Phase == Phase.Inference || statistics.AreFrozen)
        {
            Running.Fold(Gamma, Beta, scale, shift);
            BatchNormKernels.Affine(x, scale, shift, y, relu);
            return;
        }

        ForwardBatches(x, y, rows, pass, pooling: null);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (statistics.AreFrozen)
        {
            BackwardFrozen(x, dy, dx);
            return;
        }

        BackwardBatches(x, y, dy, dx, pooling: null);
    }

    public override InferenceStep ForInference()
    {
        var affine = InferenceAffine()!.Value;
        return (x, y, _) => BatchNormKernels.Affine(x, affine.Scale, affine.Shift, y);
    }

    public override void CopyFrom(Layer trained)
    {
        base.CopyFrom(trained);
        Running.CopyFrom(((BatchNormLayer)trained).Running);
    }

    /// <summary>Training, alone or together with the pooling behind it, which y is behind then.</summary>
    private void ForwardBatches(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass, MaxPool2DLayer? pooling)
    {
        statistics.Start(rows, pass);
        for (var i = 0; i < statistics.Count; i++)
        {
            var part = statistics.PartOf(x, i);
            statistics.Measure(i, part, pass);
            Forward(part, statistics.PartOf(y, i), statistics[i], pooling);
        }
    }

    private void Forward(ReadOnlySpan<float> x, Span<float> y, BatchStatistics batch, MaxPool2DLayer? pooling)
    {
        ReadOnlySpan<float> mean = batch.RoundedMean, inverseStdDev = batch.InverseStdDev, gamma = Gamma, beta = Beta;
        if (batch.IsRenormalized)
        {
            // gamma * (xHat * r + d) + beta = xHat * (gamma * r) + (gamma * d + beta).
            TensorPrimitives.Multiply(gamma, batch.R, scale);
            TensorPrimitives.MultiplyAdd(gamma, batch.D, beta, shift);
            gamma = scale;
            beta = shift;
        }

        if (pooling is null)
            BatchNormKernels.Forward(x, mean, inverseStdDev, gamma, beta, y, relu);
        else
            BatchNormPoolingKernels.Forward(pooling.WindowOver(x), x, mean, inverseStdDev, gamma, beta, y, relu);
    }

    /// <summary>The way back of <see cref="ForwardBatches"/>; y is needed for the pooling alone.</summary>
    private void BackwardBatches(
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, MaxPool2DLayer? pooling)
    {
        parameters.Gamma.Gradient.Clear();
        parameters.Beta.Gradient.Clear();
        for (var i = 0; i < statistics.Count; i++)
        {
            ReadOnlySpan<float> partOfX = statistics.PartOf(x, i), partOfY = statistics.PartOf(y, i), partOfDy = statistics.PartOf(dy, i);
            Backward(partOfX, partOfY, partOfDy, statistics.PartOf(dx, i), i, pooling);
        }
    }

    private void Backward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int number, MaxPool2DLayer? pooling)
    {
        var batch = statistics[number];
        var rowWeights = statistics.WeightsOf(number);
        ReadOnlySpan<float> mean = batch.RoundedMean, inverseStdDev = batch.InverseStdDev, gamma = Gamma;
        if (pooling is not null)
            BatchNormPoolingKernels.BackwardParameters(
                pooling.WindowOver(x), x, y, dy, mean, inverseStdDev, gamma, Beta, productSum, gradientSum, relu);
        else if (relu)
            BatchNormKernels.BackwardParametersRelu(x, dy, mean, inverseStdDev, gamma, Beta, productSum, gradientSum);
        else
            BatchNormKernels.BackwardParameters(x, dy, mean, inverseStdDev, productSum, gradientSum);
        AddGradients(batch);
        if (dx.IsEmpty)
            return;
        statistics.SumOverRanks(number, productSum, gradientSum);
        if (batch.IsRenormalized)
        {
            // r is a constant factor on the way to dx, and d a constant.
            TensorPrimitives.Multiply(gamma, batch.R, scale);
            gamma = scale;
        }

        if (pooling is not null)
            BatchNormPoolingKernels.BackwardInput(
                pooling.WindowOver(x), x, y, dy, mean, inverseStdDev, gamma, Beta, productSum, gradientSum, dx, relu);
        else if (relu)
            BatchNormKernels.BackwardInputRelu(x, dy, mean, inverseStdDev, gamma, Beta, productSum, gradientSum, dx);
        else if (rowWeights.IsEmpty)
            BatchNormKernels.BackwardInput(x, dy, mean, inverseStdDev, gamma, productSum, gradientSum, dx);
        else
            WeightedBatchNormKernels.BackwardInput(x, dy, rowWeights, mean, inverseStdDev, gamma, productSum, gradientSum, dx);
    }

    // dBeta = sum(dy) and dGamma = sum(dy * (xHat * r + d)).
    private void AddGradients(BatchStatistics batch)
    {
        Span<float> gamma = parameters.Gamma.Gradient, beta = parameters.Beta.Gradient;
        TensorPrimitives.Add(beta, gradientSum, beta);
        if (!batch.IsRenormalized)
        {
            TensorPrimitives.Add(gamma, productSum, gamma);
            return;
        }

        TensorPrimitives.MultiplyAdd(productSum, batch.R, gamma, gamma);
        TensorPrimitives.MultiplyAdd(gradientSum, batch.D, gamma, gamma);
    }

    // The statistics are constants, so dx = dy * gamma / sqrt(variance + epsilon): an affine map again.
    private void BackwardFrozen(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx)
    {
        if (Parameters.Count > 0)
        {
            for (var c = 0; c < scale.Length; c++)
                scale[c] = (float)(1 / Running.StdDev(c));
            BatchNormKernels.BackwardParameters(x, dy, Running.Mean, scale, parameters.Gamma.Gradient, parameters.Beta.Gradient);
        }

        if (dx.IsEmpty)
            return;
        Running.Fold(Gamma, Beta, scale, shift);
        shift.AsSpan().Clear();
        BatchNormKernels.Affine(dy, scale, shift, dx);
    }
}
