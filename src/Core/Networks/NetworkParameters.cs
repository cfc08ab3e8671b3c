using System.Collections;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm;

/// <summary>
/// The weights, biases, gammas and betas of a network, in the order of its layers; by name too: <c>network.Parameters["dense1.weight"]</c>.
/// </summary>
/// <example>
/// <code>
/// NetworkParameters parameters = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(network: NeuralNetworks.Mlp([8]), epochs: 1).Fit(data).Model.Network.Parameters;
/// foreach (NetworkParameter parameter in parameters)
///     Console.WriteLine($"{parameter}: {parameter.Length} numbers");
/// Console.WriteLine(parameters["batchnorm1.gamma"].Values[0]);
/// </code>
/// </example>
public sealed class NetworkParameters : IReadOnlyList<NetworkParameter>
{
    private readonly NetworkParameter[] parameters;

    internal NetworkParameters(Network network) =>
        parameters =
        [
            .. network.Layers.SelectMany(layer => layer.SavedParameters).Select(numbers => new NetworkParameter(network, numbers)),
        ];

    /// <summary>How many parameters there are, each of them an array of numbers.</summary>
    public int Count => parameters.Length;

    /// <summary>The parameter at a position.</summary>
    /// <param name="index">From 0.</param>
    public NetworkParameter this[int index] => parameters[index];

    /// <summary>The parameter with a name.</summary>
    /// <param name="name">
    /// The layer's name, a point, and weight, bias, gamma or beta: "dense1.weight", "residual1.batchnorm2.gamma".
    /// </param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists the names.</exception>
    public NetworkParameter this[string name] =>
        Array.Find(parameters, parameter => parameter.Name == Require.NotNull(name, nameof(name)))
        ?? throw new KeyNotFoundException(
            $"The network has no parameter '{name}'. It has {string.Join(", ", parameters.Select(parameter => parameter.Name))}.");

    /// <inheritdoc/>
    public IEnumerator<NetworkParameter> GetEnumerator() => ((IEnumerable<NetworkParameter>)parameters).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Numbers that a layer has learned.</summary>
/// <example>
/// <code>
/// var network = new Network(NetworkDefinition.Empty.Dense(2), Shape.Vector(3), seed: 1);
/// NetworkParameter bias = network.Parameters["dense1.bias"];
/// bias.Set([0.5f, -0.5f]);
/// Console.WriteLine($"{bias}: {bias.Values[0]}, {bias.Values[1]}");   // dense1.bias [2]: 0.5, -0.5
/// </code>
/// </example>
public sealed class NetworkParameter
{
    private readonly Network network;
    private readonly Parameter numbers;

    internal NetworkParameter(Network network, Parameter numbers)
    {
        this.network = network;
        this.numbers = numbers;
    }

    /// <summary>Layer and role: "dense1.weight".</summary>
    public string Name => numbers.Name;

    /// <summary>
    /// The dimensions, the last of which varies fastest in <see cref="Values"/>: [inputs, units] for the weights of a dense layer, [height,
    /// width, channels, filters] for those of a convolution, [length] for all others.
    /// </summary>
    public IReadOnlyList<int> Dimensions => numbers.Dimensions;

    /// <summary>How many numbers there are.</summary>
    public int Length => numbers.Length;

    /// <summary>The numbers as they are now.</summary>
    public ReadOnlySpan<float> Values => numbers.Value;

    /// <summary>Replaces all numbers.</summary>
    /// <param name="values"><see cref="Length"/> finite numbers in the order of <see cref="Values"/>.</param>
    /// <exception cref="ArgumentException">There are more or fewer, or one is not finite.</exception>
    /// <exception cref="InvalidOperationException">The network belongs to a model: <see cref="Network.IsReadOnly"/>.</exception>
    public void Set(ReadOnlySpan<float> values)
    {
        RequireFinite(values, Length, Name, nameof(values));
        network.StartChange();
        values.CopyTo(numbers.Value);
    }

    /// <summary>Name and dimensions.</summary>
    /// <returns>As "dense1.weight [64, 10]".</returns>
    public override string ToString() => $"{Name} [{string.Join(", ", Dimensions)}]";

    internal static void RequireFinite(ReadOnlySpan<float> values, int length, string what, string argument)
    {
        if (values.Length != length)
            throw new ArgumentException($"'{what}' takes {length} numbers, got {values.Length}.", argument);
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new ArgumentException($"'{what}' takes finite numbers, number {i} is {values[i]}.", argument);
    }
}
