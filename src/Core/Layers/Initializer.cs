using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>How the weights of a layer start. Biases start at 0 unless said. Immutable.</summary>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     LabelColumnName = "Price",
///     Network = net => net.Dense(32, Initializer.Normal(0.01f)).Tanh().Dense(16).Tanh(),
///     Initializer = Initializer.Glorot,                  // of the other layers
///     Epochs = 5,
/// });
/// </code>
/// </example>
public abstract record Initializer
{
    private protected Initializer()
    {
    }

    /// <summary>Normal with mean 0 and deviation sqrt(2 / fanIn), for ReLU (He et al., 2015, arXiv:1502.01852).</summary>
    public static Initializer He { get; } = new HeInitializer();

    /// <summary>Uniform in +-sqrt(6 / (fanIn + fanOut)), for sigmoid and tanh (Glorot and Bengio, 2010).</summary>
    public static Initializer Glorot { get; } = new GlorotInitializer();

    /// <summary>What PyTorch does unless told otherwise: weights and biases uniform in +-1 / sqrt(fanIn).</summary>
    public static Initializer PyTorch { get; } = new PyTorchInitializer();

    /// <summary>Normal with mean 0 and a given deviation.</summary>
    /// <param name="std">The deviation; 0 or more.</param>
    /// <returns>The initializer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="std"/> is negative or not finite.</exception>
    public static Initializer Normal(float std) => new NormalInitializer(std);

    internal abstract void FillWeights(Span<float> weights, int fanIn, int fanOut, ref CounterRandom random);

    internal virtual void FillBias(Span<float> bias, int fanIn, ref CounterRandom random) => bias.Clear();

    private protected static void FillNormal(Span<float> values, double std, ref CounterRandom random)
    {
        foreach (ref var value in values)
            value = (float)(std * random.NextGaussian());
    }

    private protected static void FillUniform(Span<float> values, double bound, ref CounterRandom random)
    {
        foreach (ref var value in values)
            value = (float)(bound * (2.0 * random.NextSingle() - 1));
    }
}

internal sealed record HeInitializer : Initializer
{
    internal override void FillWeights(Span<float> weights, int fanIn, int fanOut, ref CounterRandom random) =>
        FillNormal(weights, Math.Sqrt(2.0 / fanIn), ref random);
}

internal sealed record GlorotInitializer : Initializer
{
    internal override void FillWeights(Span<float> weights, int fanIn, int fanOut, ref CounterRandom random) =>
        FillUniform(weights, Math.Sqrt(6.0 / ((double)fanIn + fanOut)), ref random);
}

internal sealed record PyTorchInitializer : Initializer
{
    internal override void FillWeights(Span<float> weights, int fanIn, int fanOut, ref CounterRandom random) =>
        FillUniform(weights, Math.Sqrt(1.0 / fanIn), ref random);

    internal override void FillBias(Span<float> bias, int fanIn, ref CounterRandom random) =>
        FillUniform(bias, Math.Sqrt(1.0 / fanIn), ref random);
}

internal sealed record NormalInitializer(float Std) : Initializer
{
    public float Std { get; } = Require.NotNegative(Std);

    internal override void FillWeights(Span<float> weights, int fanIn, int fanOut, ref CounterRandom random) =>
        FillNormal(weights, Std, ref random);
}
