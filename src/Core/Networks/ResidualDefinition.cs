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
/// <example>
/// <code>
/// var block = new ResidualDefinition(NetworkDefinition.Empty.Dense(32).BatchNorm().Relu().Dense(32))
/// {
///     Initializer = Initializer.Glorot,                  // of the projection from 4 features to 32
/// };
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", network: net => net.Add(block).Relu(), epochs: 5);
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record ResidualDefinition : BlockDefinition
{
    /// <summary>Wraps layers.</summary>
    /// <param name="inner">The inner layers; at least one.</param>
    /// <exception cref="ArgumentException">There are no inner layers, or blocks are nested more than 16 deep.</exception>
    public ResidualDefinition(NetworkDefinition inner) : base(inner)
    {
    }

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

    internal override int Depth => Math.Max(base.Depth, Shortcut is null ? 0 : 1 + Shortcut.Depth);

    internal override BlockPlan Plan(Shape input, CounterRandom? random, string name)
    {
        var inner = LayerPlan.OfSettled(Inner, input, random, $"{name}.");
        var output = inner[^1].Site.Output;
        var stream = random?.Derive((ulong)Inner.Layers.Count);   // the one after those of the inner layers
        if (PlanShortcut(input, output, stream, $"{name}.projection") is not { } shortcut)
            return new BlockPlan(output, [inner]);
        return shortcut[^1].Site.Output == output
            ? new BlockPlan(output, [inner, shortcut])
            : throw new ArgumentException(
                $"The shortcut of a residual block gives shape {shortcut[^1].Site.Output}, its inner layers {output}. "
                + "They must have one shape.");
    }

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        With(Inner.Settle(initializer), Shortcut?.Settle(initializer)) with { Initializer = Initializer ?? initializer };

    internal override LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) =>
        With(Inner.WithFrozenBatchNorm(freeze), Shortcut?.WithFrozenBatchNorm(freeze));

    internal override LayerDefinition AsInInference() => With(Inner.AsInInference(), Shortcut?.AsInInference());

    internal ResidualDefinition With(NetworkDefinition inner, NetworkDefinition? shortcut) =>
        this with { Inner = inner, Shortcut = shortcut };

    internal override Layer Build(LayerSite site, IReadOnlyList<IReadOnlyList<LayerPlan>> parts) => new ResidualLayer(
        site, new Network(parts[0], site.Input), parts.Count > 1 ? new Network(parts[1], site.Input) : null);

    private List<LayerPlan>? PlanShortcut(Shape input, Shape output, CounterRandom? random, string name)
    {
        if (Shortcut is not null)
            return LayerPlan.OfSettled(Shortcut, input, random, $"{name}.");
        if (output == input)
            return null;
        var initializer = Initializer ?? Initializer.He;
        if (output.Pixels > 1)
            return LayerPlan.Of(ImageProjection(input, output), input, initializer, random, $"{name}.");
        var dense = new DenseDefinition(output.Size) { UseBias = false, Initializer = initializer };
        return [new LayerPlan(dense, new LayerSite(0, name, input, output, random))];
    }

    private NetworkDefinition ImageProjection(Shape input, Shape output)
    {
        // A 1x1 window without padding stops (n - 1) / stride + 1 times.
        var stride = Math.Max(SmallestStride(input.Height, output.Height), SmallestStride(input.Width, output.Width));
        if ((input.Height - 1) / stride + 1 != output.Height || (input.Width - 1) / stride + 1 != output.Width)
            throw new ArgumentException(
                $"A residual block cannot project an input of shape {input} to {output}: no stride of a 1x1 convolution gives that size. "
                + "Shrink the image by a stride and padding such as Conv2D(16, stride: 2, padding: 1) in the inner layers, "
                + "or set Shortcut.");
        var projection = NetworkDefinition.Empty.Add(
            new Conv2DDefinition(output.Channels) { KernelHeight = 1, KernelWidth = 1, Stride = stride, UseBias = false });
        return Inner.Layers[^1] is NormDefinition norm ? projection.Add(norm with { InitialGamma = 1 }) : projection;
    }

    // With which a 1x1 window stops no more often than so.
    private static int SmallestStride(int length, int stops) => (length - 1) / stops + 1;
}
