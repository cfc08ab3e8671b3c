using System.Buffers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

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
