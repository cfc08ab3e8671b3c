using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm;

/// <summary>
/// A residual block: y = inner(x) + x, or inner(x) + projection(x) where the inner layers change the shape (He et al., 2016,
/// arXiv:1512.03385, equations 1 and 2).
/// </summary>
/// <remarks>
/// The projection to a vector is a dense layer without bias; to an image it is the paper's option B, a 1x1 convolution without bias whose
/// stride gives the image its size. Where the inner layers end with a normalization, the convolution has the same one behind it, as in
/// the reference networks; blocks that normalize first (He et al., 2016, arXiv:1603.05027) have none there either.
/// </remarks>
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
        RequireNotTooDeep(nameof(inner));
    }

    /// <summary>The inner layers.</summary>
    public NetworkDefinition Inner { get; private init; }

    /// <summary>
    /// Layers that the input passes through on its way around the inner layers, to the same shape as theirs; default null: none where the
    /// inner layers keep the shape, else a projection.
    /// </summary>
    /// <exception cref="ArgumentException">It has no layers, or nests blocks more than 16 deep.</exception>
    public NetworkDefinition? Shortcut
    {
        get;
        init
        {
            field = value is not { Layers.Count: 0 }
                ? value
                : throw new ArgumentException(
                    "A shortcut needs at least one layer. Leave it out for none or a projection.", nameof(Shortcut));
            RequireNotTooDeep(nameof(Shortcut));
        }
    }

    /// <summary>How the weights of the projection start; default null: as the whole network's do.</summary>
    public Initializer? Initializer { get; init; }

    internal override string Kind => "residual";

    internal override int Depth => 1 + Inner.Layers.Concat(Shortcut?.Layers ?? []).Max(layer => layer.Depth);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        var output = Plan(input, default)[^1].Site.Output;
        return PlanShortcut(input, output, default) is not { } shortcut || shortcut[^1].Site.Output == output
            ? output
            : throw new ArgumentException(
                $"The shortcut of a residual block gives shape {shortcut[^1].Site.Output}, its inner layers {output}. "
                + "They must have one shape.");
    }

    internal override long StateSize(Shape input)
    {
        var plans = Plan(input, default);
        var around = PlanShortcut(input, plans[^1].Site.Output, default) ?? [];
        var size = plans.Concat(around).Aggregate(Int128.Zero, (sum, plan) => sum + plan.StateSize);
        return (long)Int128.Min(size, long.MaxValue);   // a damaged file may ask for more
    }

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer)
    {
        return With(Settled(Inner), Shortcut is null ? null : Settled(Shortcut)) with { Initializer = Initializer ?? initializer };

        NetworkDefinition Settled(NetworkDefinition network) =>
            new([.. network.Layers.Select((layer, i) => layer.Settle(network.Layers.ElementAtOrDefault(i + 1), initializer))]);
    }

    internal override LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze)
    {
        return With(Frozen(Inner), Shortcut is null ? null : Frozen(Shortcut));

        NetworkDefinition Frozen(NetworkDefinition network) =>
            new([.. network.Layers.Select(layer => layer.WithFrozenBatchNorm(freeze))]);
    }

    internal ResidualDefinition With(NetworkDefinition inner, NetworkDefinition? shortcut) =>
        this with { Inner = inner, Shortcut = shortcut };

    internal override Layer Build(LayerSite site)
    {
        var inner = Plan(site.Input, site.Random, $"{site.Name}.");
        var around = PlanShortcut(site.Input, site.Output, site.Random, $"{site.Name}.projection");
        return new ResidualLayer(site, new Network(inner, site.Input), around is null ? null : new Network(around, site.Input));
    }

    private List<LayerPlan> Plan(Shape input, CounterRandom random, string prefix = "") =>
        LayerPlan.Of(Inner, input, Initializer ?? Initializer.He, random, prefix);

    private List<LayerPlan>? PlanShortcut(Shape input, Shape output, CounterRandom random, string name = "projection")
    {
        var initializer = Initializer ?? Initializer.He;
        var stream = random.Derive((ulong)Inner.Layers.Count);   // the one after those of the inner layers
        if (Shortcut is not null)
            return LayerPlan.Of(Shortcut, input, initializer, stream, $"{name}.");
        if (output == input)
            return null;
        if (output.Pixels > 1)
            return LayerPlan.Of(ImageProjection(input, output), input, initializer, stream, $"{name}.");
        var dense = new DenseDefinition(output.Size) { UseBias = false, Initializer = initializer };
        return [new LayerPlan(dense, new LayerSite(0, name, input, output, stream))];
    }

    private NetworkDefinition ImageProjection(Shape input, Shape output)
    {
        // A 1x1 window without padding stops (n - 1) / stride + 1 times.
        var stride = Enumerable.Range(1, Math.Max(input.Height, input.Width)).FirstOrDefault(
            stride => (input.Height - 1) / stride + 1 == output.Height && (input.Width - 1) / stride + 1 == output.Width);
        if (stride == 0)
            throw new ArgumentException(
                $"A residual block cannot project an input of shape {input} to {output}: no stride of a 1x1 convolution gives that size. "
                + "Shrink the image by a stride and padding such as Conv2D(16, stride: 2, padding: 1) in the inner layers, "
                + "or set Shortcut.");
        var projection = NetworkDefinition.Empty.Add(
            new Conv2DDefinition(output.Channels) { KernelHeight = 1, KernelWidth = 1, Stride = stride, UseBias = false });
        return Inner.Layers[^1] is NormDefinition norm ? projection.Add(norm with { InitialGamma = 1 }) : projection;
    }

    private void RequireNotTooDeep(string argument)
    {
        if (Depth > MaximumDepth)
            throw new ArgumentException($"Residual blocks can be nested {MaximumDepth} deep, not {Depth}.", argument);
    }
}
