using System.Buffers;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// Group normalization (Wu and He, 2018, arXiv:1803.08494): each example is normalized by itself, the channels in groups, a group over all
/// pixels; gamma and beta per channel. Training and inference are the same, and nothing depends on the batch.
/// </summary>
/// <param name="Groups">Number of groups of neighbouring channels, which must divide the number of channels; positive.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(batchSize: 4, epochs: 1, network: net => net
///     .Conv2D(16).Add(new GroupNormDefinition(4)).Relu()  // does not depend on the batch, however small
///     .GlobalAveragePool());
/// var model = trainer.Fit(pictures);
/// </code>
/// </example>
public sealed record GroupNormDefinition(int Groups) : NormDefinition
{
    /// <summary>Number of groups of neighbouring channels, which must divide the number of channels; positive.</summary>
    public int Groups { get; init => field = Require.Positive(value); } = Require.Positive(Groups);

    internal override string Kind => "groupnorm";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Channels % Groups != 0)
            throw new ArgumentException($"{Groups} groups do not divide {input.Channels} channels. Use a number of groups that does.");
        return input.Size > Groups
            ? input
            : throw new ArgumentException(
                $"Each of {Groups} groups would have a single value of an input {input}, whose variance is always 0. Use fewer groups.");
    }

    internal override Layer Build(LayerSite site) =>
        new GroupNormLayer(site, this, new GroupLayout(site.Input.Pixels, site.Input.Channels, Groups));
}

/// <summary>
/// Layer normalization (Ba et al., 2016, arXiv:1607.06450): each example is normalized by itself over all its values, an image's pixels and
/// channels alike; gamma and beta per value, as PyTorch has it. Training and inference are the same, and nothing depends on the batch.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 5, network: net => net
///     .Dense(32).Add(new LayerNormDefinition { Epsilon = 1e-3f }).Gelu());
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record LayerNormDefinition : NormDefinition
{
    internal override string Kind => "layernorm";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Size > 1
        ? input
        : throw new ArgumentException("An input of one value has a variance of 0 always. Layer norm needs at least 2 values.");

    private protected override int AffineSize(Shape input) => input.Size;

    // To a statistic of all values it makes no difference which of them are channels, so they all may be.
    internal override Layer Build(LayerSite site) =>
        new GroupNormLayer(site, this, new GroupLayout(Pixels: 1, site.Input.Size, Groups: 1));
}

/// <summary>
/// Instance normalization (Ulyanov et al., 2016, arXiv:1607.08022): each channel of each image is normalized by itself over its pixels;
/// gamma and beta per channel. Training and inference are the same, and nothing depends on the batch. PyTorch learns no gamma and beta
/// unless asked.
/// </summary>
/// <example>
/// <code>
/// // Takes contrast and brightness out of each picture.
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(epochs: 1, network: net => net
///     .Add(new InstanceNormDefinition { Center = false, Scale = false })
///     .Conv2D(8).BatchNorm().Relu().GlobalAveragePool());
/// var model = trainer.Fit(pictures);
/// </code>
/// </example>
public sealed record InstanceNormDefinition : NormDefinition
{
    internal override string Kind => "instancenorm";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Pixels > 1
        ? input
        : throw new ArgumentException(
            $"An input {input} has one value per channel, whose variance is always 0. "
            + "Instance norm is for images; use layer norm or group norm.");

    internal override Layer Build(LayerSite site) =>
        new GroupNormLayer(site, this, new GroupLayout(site.Input.Pixels, site.Input.Channels, Groups: site.Input.Channels));
}

/// <summary>Group, layer and instance normalization, which differ in their <see cref="GroupLayout"/> alone.</summary>
internal sealed class GroupNormLayer(LayerSite site, NormDefinition definition, GroupLayout layout) : Layer(site)
{
    private readonly NormParameters parameters = new(site.Name, definition, layout.Channels);
    private readonly float epsilon = definition.Epsilon;

    // Of every group of the last training batch, for the way back.
    private float[] mean = [];
    private float[] inverseStdDev = [];

    public override IReadOnlyList<Parameter> Parameters => parameters.Learned;

    public override bool GoesBackInPlace => true;

    public override long KeptValues => 2L * layout.Groups;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        var groups = rows * layout.Groups;
        if (mean.Length < groups)
            (mean, inverseStdDev) = (new float[groups], new float[groups]);
        GroupNormKernels.Forward(
            x, layout, epsilon, parameters.Gamma.Value, parameters.Beta.Value, mean.AsSpan(0, groups), inverseStdDev.AsSpan(0, groups), y);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        var groups = rows * layout.Groups;
        GroupNormKernels.Backward(
            x, dy, layout, parameters.Gamma.Value, mean.AsSpan(0, groups), inverseStdDev.AsSpan(0, groups),
            parameters.Gamma.Gradient, parameters.Beta.Gradient, dx);
    }

    public override InferenceStep ForInference()
    {
        var (gamma, beta) = (parameters.Gamma.Value.ToArray(), parameters.Beta.Value.ToArray());
        var (frozenLayout, frozenEpsilon) = (layout, epsilon);
        return (x, y, rows) =>
        {
            var groups = rows * frozenLayout.Groups;
            var statistics = ArrayPool<float>.Shared.Rent(2 * groups);
            GroupNormKernels.Forward(
                x, frozenLayout, frozenEpsilon, gamma, beta, statistics.AsSpan(0, groups), statistics.AsSpan(groups, groups), y);
            ArrayPool<float>.Shared.Return(statistics);
        };
    }
}
