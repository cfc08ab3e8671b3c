using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// The layers of a network, first to last. Immutable: every method returns a longer definition, so that a network is written as
/// <c>net => net.Dense(128).BatchNorm().Relu()</c>. Shapes are checked when a <see cref="Network"/> is made from it.
/// </summary>
/// <example>
/// <code>
/// NetworkDefinition net = NetworkDefinition.Empty
///     .Conv2D(8, padding: 1).BatchNorm().Relu().MaxPool2D()
///     .Dense(16).Add(new BatchNormDefinition { Momentum = 0.2f }).Relu();
/// Console.WriteLine(net.Layers.Count);   // 7
/// var network = new Network(net, Shape.Image(8, 8, 1), seed: 1);
///
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(network: layers => layers.Dense(16).BatchNorm().Relu());
/// </code>
/// </example>
public sealed class NetworkDefinition
{
    internal NetworkDefinition(IReadOnlyList<LayerDefinition> layers)
    {
        Layers = layers;
        Depth = layers.Count == 0 ? 0 : layers.Max(layer => layer.Depth);
    }

    /// <summary>No layers yet: where every definition starts.</summary>
    public static NetworkDefinition Empty { get; } = new([]);

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<LayerDefinition> Layers { get; }

    /// <summary>How deep blocks are nested in it.</summary>
    internal int Depth { get; }

    /// <summary>Adds a layer with all its options: <c>net.Add(new BatchNormDefinition { Momentum = 0.2f })</c>.</summary>
    /// <param name="layer">The layer.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Add(LayerDefinition layer) => new([.. Layers, Require.NotNull(layer, nameof(layer))]);

    /// <summary>Adds a fully connected layer.</summary>
    /// <param name="units">Number of outputs; positive.</param>
    /// <param name="initializer">How its weights start; null: as the whole network's do.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Dense(int units, Initializer? initializer = null) =>
        Add(new DenseDefinition(units) { Initializer = initializer });

    /// <summary>Adds a convolution of images with a square window.</summary>
    /// <param name="filters">Number of filters, which is the number of output channels; positive.</param>
    /// <param name="kernelSize">Height and width of the window in pixels; positive.</param>
    /// <param name="stride">Pixels that the window moves at a time; positive.</param>
    /// <param name="padding">Zeros around the image on every side, in pixels; 0 or more.</param>
    /// <param name="groups">
    /// Number of groups of channels with filters of their own, which must divide both; as many as channels for a depthwise convolution.
    /// </param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Conv2D(int filters, int kernelSize = 3, int stride = 1, int padding = 0, int groups = 1)
    {
        Require.Positive(kernelSize, nameof(kernelSize));
        return Add(new Conv2DDefinition(filters)
        {
            KernelHeight = kernelSize,
            KernelWidth = kernelSize,
            Stride = stride,
            Padding = padding,
            Groups = groups,
        });
    }

    /// <summary>Adds pooling by the largest value of each window.</summary>
    /// <param name="size">Height and width of the window in pixels; positive.</param>
    /// <param name="stride">Pixels that the window moves at a time; positive; null: its size.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition MaxPool2D(int size = 2, int? stride = null) => Add(new MaxPool2DDefinition(size) { Stride = stride });

    /// <summary>Adds pooling by the mean of each window.</summary>
    /// <param name="size">Height and width of the window in pixels; positive.</param>
    /// <param name="stride">Pixels that the window moves at a time; positive; null: its size.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition AveragePool2D(int size = 2, int? stride = null) => Add(new AveragePool2DDefinition(size) { Stride = stride });

    /// <summary>Adds pooling by the mean of each channel over the whole image, which makes a vector of it.</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition GlobalAveragePool() => Add(new GlobalAveragePoolDefinition());

    /// <summary>Adds pooling by the largest value of each channel over the whole image, which makes a vector of it.</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition GlobalMaxPool() => Add(new GlobalMaxPoolDefinition());

    /// <summary>Adds a layer that takes an image as one vector. A dense layer needs none in front of it.</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Flatten() => Add(new FlattenDefinition());

    /// <summary>Adds batch normalization.</summary>
    /// <param name="epsilon">Added to the variance before the square root; positive.</param>
    /// <param name="momentum">Weight of the newest batch in the running statistics, in (0, 1]; null for a cumulative average.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition BatchNorm(float epsilon = 1e-5f, float? momentum = 0.1f) =>
        Add(new BatchNormDefinition { Epsilon = epsilon, Momentum = momentum });

    /// <summary>Adds group normalization.</summary>
    /// <param name="groups">Number of groups, which must divide the number of channels; positive.</param>
    /// <param name="epsilon">Added to the variance before the square root; positive.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition GroupNorm(int groups, float epsilon = 1e-5f) => Add(new GroupNormDefinition(groups) { Epsilon = epsilon });

    /// <summary>Adds layer normalization.</summary>
    /// <param name="epsilon">Added to the variance before the square root; positive.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition LayerNorm(float epsilon = 1e-5f) => Add(new LayerNormDefinition { Epsilon = epsilon });

    /// <summary>Adds normalization by the root mean square of all values of an example.</summary>
    /// <param name="epsilon">Added to the mean square before the square root; positive.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition RmsNorm(float epsilon = 1e-5f) => Add(new RmsNormDefinition { Epsilon = epsilon });

    /// <summary>Adds instance normalization, for images.</summary>
    /// <param name="epsilon">Added to the variance before the square root; positive.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition InstanceNorm(float epsilon = 1e-5f) => Add(new InstanceNormDefinition { Epsilon = epsilon });

    /// <summary>Adds max(x, 0).</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Relu() => Add(new ActivationDefinition(ActivationKind.Relu));

    /// <summary>Adds 1 / (1 + exp(-x)).</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Sigmoid() => Add(new ActivationDefinition(ActivationKind.Sigmoid));

    /// <summary>Adds tanh(x).</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Tanh() => Add(new ActivationDefinition(ActivationKind.Tanh));

    /// <summary>Adds x where x is positive, else <paramref name="slope"/> * x.</summary>
    /// <param name="slope">0 or more.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition LeakyRelu(float slope = 0.01f) => Add(new ActivationDefinition(ActivationKind.LeakyRelu) { Alpha = slope });

    /// <summary>Adds x where x is positive, else <paramref name="alpha"/> * (exp(x) - 1).</summary>
    /// <param name="alpha">0 or more.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Elu(float alpha = 1) => Add(new ActivationDefinition(ActivationKind.Elu) { Alpha = alpha });

    /// <summary>Adds x * P(x), with P the normal distribution function (the exact form, not the one by tanh).</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Gelu() => Add(new ActivationDefinition(ActivationKind.Gelu));

    /// <summary>Adds x / (1 + exp(-x)), also called Swish.</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Silu() => Add(new ActivationDefinition(ActivationKind.Silu));

    /// <summary>Adds x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), the GELU that PyTorch calls approximate.</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition GeluTanh() => Add(new ActivationDefinition(ActivationKind.GeluTanh));

    /// <summary>Adds x * min(max(x + 3, 0), 6) / 6.</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition HardSwish() => Add(new ActivationDefinition(ActivationKind.HardSwish));

    /// <summary>Adds log(1 + exp(x)).</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Softplus() => Add(new ActivationDefinition(ActivationKind.Softplus));

    /// <summary>Adds x * tanh(log(1 + exp(x))).</summary>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Mish() => Add(new ActivationDefinition(ActivationKind.Mish));

    /// <summary>Adds x where x is positive, else a learned slope per channel * x.</summary>
    /// <param name="initialSlope">Where each slope starts; finite.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition PRelu(float initialSlope = 0.25f) => Add(new PReluDefinition { InitialSlope = initialSlope });

    /// <summary>
    /// Adds a residual block: what goes in is added to what the inner layers make of it (He et al., 2016, arXiv:1512.03385). Where their
    /// output has another shape, what goes in passes through a projection first: to a vector a dense layer without bias; to an image a 1x1
    /// convolution without bias, with the normalization behind it that the inner layers end with, if they do.
    /// </summary>
    /// <param name="inner">The inner layers: <c>inner => inner.Dense(64).BatchNorm().Relu().Dense(64).BatchNorm()</c>.</param>
    /// <returns>The longer definition.</returns>
    /// <exception cref="ArgumentException">There are no inner layers, or blocks are nested too deep.</exception>
    public NetworkDefinition Residual(Func<NetworkDefinition, NetworkDefinition> inner) =>
        Add(new ResidualDefinition(Require.NotNull(inner, nameof(inner))(Empty)));

    /// <summary>
    /// Adds a block whose output is that of the inner layers and, behind it, its own input, so that the next layer sees both.
    /// </summary>
    /// <param name="inner">
    /// The inner layers, which must keep the height and width of images: <c>inner => inner.Dense(64).Relu()</c>.
    /// </param>
    /// <returns>The longer definition.</returns>
    /// <exception cref="ArgumentException">There are no inner layers, or blocks are nested too deep.</exception>
    public NetworkDefinition Concat(Func<NetworkDefinition, NetworkDefinition> inner) =>
        Add(new ConcatDefinition(Require.NotNull(inner, nameof(inner))(Empty)));

    /// <summary>Adds inverted dropout, which does nothing in inference.</summary>
    /// <param name="rate">Probability of dropping a value; at least 0, less than 1.</param>
    /// <returns>The longer definition.</returns>
    public NetworkDefinition Dropout(float rate) => Add(new DropoutDefinition(rate));

    /// <summary>The layers with the options settled that they leave to the network.</summary>
    internal NetworkDefinition Settle(Initializer initializer) =>
        new([.. Layers.Select((layer, i) => layer.Settle(Layers.ElementAtOrDefault(i + 1), initializer))]);

    /// <summary>The layers with their batch normalization frozen so far and no further.</summary>
    internal NetworkDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) =>
        new([.. Layers.Select(layer => layer.WithFrozenBatchNorm(freeze))]);

    /// <summary>The same layers, with options that make a training pass give what inference gives.</summary>
    internal NetworkDefinition AsInInference() => new([.. Layers.Select(layer => layer.AsInInference())]);
}
