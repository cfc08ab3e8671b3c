using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>Ready-made networks, to be used wherever layers are asked for: <c>Network = NeuralNetworks.Mlp([128, 64])</c>.</summary>
/// <example>
/// <code>
/// var table = ml.Regression.Trainers.NeuralNetwork("Price", network: NeuralNetworks.Tabular([64, 64], dropout: 0.1f));
/// var classic = ml.Regression.Trainers.NeuralNetwork("Price", network: NeuralNetworks.Mlp([64, 32]));
/// var digits = ml.MulticlassClassification.Trainers.NeuralNetwork(network: NeuralNetworks.SmallCnn([16, 32], dense: 64));
/// var small = ml.MulticlassClassification.Trainers.NeuralNetwork(network: NeuralNetworks.ResNet(depth: 8, width: 8));
/// </code>
/// </example>
public static partial class NeuralNetworks
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

    /// <summary>
    /// A network for tables: every number is also encoded piecewise linearly (<see cref="FeatureEncodingDefinition"/>), then for each of
    /// <paramref name="hidden"/> come a dense layer of that many units, ReLU and perhaps dropout. What is behind them sees the encoded
    /// features too, so that it is a linear model beside the network. It follows numbers up and down, as trees do. There is no batch norm
    /// in it: the encoding does its work at the input, and behind it batch norm cost accuracy (docs/guide/tabular.md).
    /// </summary>
    /// <param name="hidden">Units of the hidden layers, first to last, each positive; null: [128, 128].</param>
    /// <param name="bins">Most bins of a number, 0 to 255; 0: none.</param>
    /// <param name="dropout">Probability of dropping a value behind each layer; at least 0, less than 1; 0: no dropout.</param>
    /// <returns>What adds the layers to a definition.</returns>
    /// <exception cref="ArgumentException">There is no hidden layer, or a number is out of range.</exception>
    public static Func<NetworkDefinition, NetworkDefinition> Tabular(
        IReadOnlyList<int>? hidden = null, int bins = 32, float dropout = 0)
    {
        int[] units = [.. (hidden ?? [128, 128]).Select(count => Require.Positive(count, nameof(hidden)))];
        if (units.Length == 0)
            throw new ArgumentException("A network for tables needs at least one hidden layer, for example Tabular([64]).", nameof(hidden));
        Require.FractionBelowOne(dropout, nameof(dropout));
        var encoding = new FeatureEncodingDefinition { Bins = bins };
        return net => net.Add(encoding).Concat(inner => units.Aggregate(inner, (layers, count) =>
        {
            var block = layers.Dense(count).Relu();
            return dropout == 0 ? block : block.Dropout(dropout);
        }));
    }

    /// <summary>
    /// A small convolutional network for images: blocks of convolutions, each with batch norm and ReLU, that end in 2x2 max pooling, and
    /// perhaps a hidden dense layer behind them.
    /// </summary>
    /// <param name="filters">
    /// Filters of each block, first to last, each positive; null: [16, 32]. Every block halves height and width.
    /// </param>
    /// <param name="convolutions">Convolutions per block; positive.</param>
    /// <param name="kernelSize">Height and width of their windows, an odd number; the zeros around the image keep its size.</param>
    /// <param name="dense">Units of a dense layer with batch norm and ReLU behind the blocks; 0 or more; 0: none.</param>
    /// <param name="dropout">Probability of dropping a value in front of the output; at least 0, less than 1; 0: no dropout.</param>
    /// <returns>What adds the layers to a definition.</returns>
    /// <exception cref="ArgumentException">There is no block, or a number is out of range.</exception>
    public static Func<NetworkDefinition, NetworkDefinition> SmallCnn(
        IReadOnlyList<int>? filters = null, int convolutions = 1, int kernelSize = 3, int dense = 0, float dropout = 0)
    {
        int[] blocks = [.. (filters ?? [16, 32]).Select(count => Require.Positive(count, nameof(filters)))];
        if (blocks.Length == 0)
            throw new ArgumentException("A small CNN needs at least one block, for example SmallCnn([16, 32]).", nameof(filters));
        Require.Positive(convolutions, nameof(convolutions));
        Require.NotNegative(dense, nameof(dense));
        Require.FractionBelowOne(dropout, nameof(dropout));
        if (kernelSize < 1 || kernelSize % 2 == 0)
            throw new ArgumentOutOfRangeException(
                nameof(kernelSize), kernelSize, "kernelSize must be odd and positive, so that the image keeps its size.");
        return net =>
        {
            foreach (var count in blocks)
                net = Enumerable.Range(0, convolutions)
                    .Aggregate(net, (layers, _) => layers.Conv2D(count, kernelSize, padding: kernelSize / 2).BatchNorm().Relu())
                    .MaxPool2D();
            if (dense > 0)
                net = net.Dense(dense).BatchNorm().Relu();
            return dropout == 0 ? net : net.Dropout(dropout);
        };
    }
}
