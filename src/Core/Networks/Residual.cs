using System.Buffers;
using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>
/// A residual block: y = inner(x) + x, or inner(x) + x * W where the inner layers change the shape (He et al., 2016, arXiv:1512.03385,
/// equations 1 and 2).
/// </summary>
public sealed record ResidualDefinition : LayerDefinition
{
    internal const int MaximumDepth = 16;

    /// <summary>Wraps layers.</summary>
    /// <param name="inner">The inner layers; at least one.</param>
    /// <exception cref="ArgumentException">There are no inner layers, or blocks are nested more than 16 deep.</exception>
    public ResidualDefinition(NetworkDefinition inner)
    {
        Inner = Require.NotNull(inner, nameof(inner));
        if (inner.Layers.Count == 0)
            throw new ArgumentException("A residual block needs at least one inner layer.", nameof(inner));
        if (Depth > MaximumDepth)
            throw new ArgumentException($"Residual blocks can be nested {MaximumDepth} deep, not {Depth}.", nameof(inner));
    }

    /// <summary>The inner layers.</summary>
    public NetworkDefinition Inner { get; private init; }

    /// <summary>How the weights of the projection start; default null: as the whole network's do.</summary>
    public Initializer? Initializer { get; init; }

    internal override string Kind => "residual";

    private int Depth => 1 + Inner.Layers.OfType<ResidualDefinition>().Select(block => block.Depth).DefaultIfEmpty(0).Max();

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        var output = Plan(input, default)[^1].Site.Output;
        return output == input || output.Pixels == 1
            ? output
            : throw new ArgumentException(
                $"A residual block cannot add an input of shape {input} to an output of shape {output}. They must have one shape.");
    }

    internal override long StateSize(Shape input)
    {
        var plans = Plan(input, default);
        var output = plans[^1].Site.Output;
        var projection = output == input ? Int128.Zero : (Int128)input.Size * output.Size;
        var size = plans.Aggregate(projection, (sum, plan) => sum + plan.StateSize);
        return (long)Int128.Min(size, long.MaxValue);   // a damaged file may ask for more
    }

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer)
    {
        var settled = Inner.Layers.Select((layer, i) => layer.Settle(Inner.Layers.ElementAtOrDefault(i + 1), initializer));
        return WithInner(new NetworkDefinition([.. settled])) with { Initializer = Initializer ?? initializer };
    }

    internal override LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) =>
        WithInner(new NetworkDefinition([.. Inner.Layers.Select(layer => layer.WithFrozenBatchNorm(freeze))]));

    internal ResidualDefinition WithInner(NetworkDefinition inner) => this with { Inner = inner };

    internal override Layer Build(LayerSite site) =>
        new ResidualLayer(site, new Network(Plan(site.Input, site.Random, $"{site.Name}."), site.Input), Initializer);

    private List<LayerPlan> Plan(Shape input, CounterRandom random, string prefix = "") =>
        LayerPlan.Of(Inner, input, Initializer ?? Initializer.He, random, prefix);
}

internal sealed class ResidualLayer : Layer
{
    private readonly int index;
    private AlignedBuffer projectedGradient = new(0);

    public ResidualLayer(LayerSite site, Network inner, Initializer? initializer) : base(site)
    {
        index = site.Index;
        Inner = inner;
        Parameters = inner.Parameters;
        if (inner.OutputShape == site.Input)
            return;
        var definition = new DenseDefinition(inner.OutputShape.Size) { UseBias = false, Initializer = initializer };

        // The stream after those of the inner layers.
        var random = site.Random.Derive((ulong)inner.Layers.Count);
        Projection = (DenseLayer)definition.Build(new LayerSite(0, $"{site.Name}.projection", site.Input, site.Output, random));
        Parameters = [.. inner.Parameters, .. Projection.Parameters];
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override IReadOnlyList<Parameter> SavedParameters =>
        [.. Inner.Layers.SelectMany(layer => layer.SavedParameters), .. Projection?.SavedParameters ?? []];

    public Network Inner { get; }

    /// <summary>What the input passes through; null: nothing.</summary>
    public DenseLayer? Projection { get; }

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        // A stream of their own for the inner layers, whose indices count from 0 again.
        var innerPass = pass.Phase == Phase.Training ? Pass.Training(pass.Random.Derive((ulong)index), pass.RowWeights) : pass;
        ReadOnlySpan<float> output = Inner.Forward(x, rows, innerPass);
        if (Projection is null)
        {
            TensorPrimitives.Add(output, x, y);
            return;
        }

        Projection.Forward(x, y, rows, pass);
        TensorPrimitives.Add(output, y, y);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        Inner.Backward(x, dy, dx);
        if (Projection is null)
        {
            if (!dx.IsEmpty)
                TensorPrimitives.Add(dx, dy, dx);
            return;
        }

        if (projectedGradient.Length < dx.Length)
            projectedGradient = new AlignedBuffer(dx.Length);
        var projected = projectedGradient.Span[..dx.Length];
        Projection.Backward(x, y, dy, projected, rows);
        TensorPrimitives.Add(dx, projected, dx);
    }

    public override void CopyFrom(Layer trained)
    {
        var from = (ResidualLayer)trained;
        Inner.CopyFrom(from.Inner);
        Projection?.CopyFrom(from.Projection!);
    }

    public override FrozenLayer Freeze()
    {
        var inner = Inner.ToPredictor();
        var project = Projection?.Freeze();
        return (x, y, rows) =>
        {
            inner.Predict(x, y);
            if (project is null)
            {
                TensorPrimitives.Add(y, x, y);
                return;
            }

            var rented = ArrayPool<float>.Shared.Rent(y.Length);
            var projected = rented.AsSpan(0, y.Length);
            project(x, projected, rows);
            TensorPrimitives.Add(y, projected, y);
            ArrayPool<float>.Shared.Return(rented);
        };
    }
}
