namespace MLNet.BatchNorm.Core.Networks;

/// <summary>Ready-made networks, to be used wherever layers are asked for: <c>Network = NeuralNetworks.Mlp([128, 64])</c>.</summary>
public static class NeuralNetworks
{
    /// <summary>A multilayer perceptron: for each number a dense layer of that many units, batch norm, ReLU and perhaps dropout.</summary>
    /// <param name="hidden">Units of the hidden layers, first to last; at least one, each positive.</param>
    /// <param name="dropout">Probability of dropping a value behind each layer; at least 0, less than 1; 0: no dropout.</param>
    /// <returns>What adds the layers to a definition.</returns>
    /// <exception cref="ArgumentException">There is no hidden layer, or a number is out of range.</exception>
    public static Func<NetworkDefinition, NetworkDefinition> Mlp(IReadOnlyList<int> hidden, float dropout = 0)
    {
        Require.NotNull(hidden, nameof(hidden));
        Require.FractionBelowOne(dropout, nameof(dropout));
        if (hidden.Count == 0)
            throw new ArgumentException("A multilayer perceptron needs at least one hidden layer, for example Mlp([64]).", nameof(hidden));
        int[] units = [.. hidden.Select(count => Require.Positive(count, nameof(hidden)))];
        return net => units.Aggregate(net, (layers, count) =>
        {
            var block = layers.Dense(count).BatchNorm().Relu();
            return dropout == 0 ? block : block.Dropout(dropout);
        });
    }
}
