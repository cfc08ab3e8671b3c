using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Goes on from a network that was trained for something else, which stays as it is: with its layers and a new last one.</summary>
internal sealed class PretrainedNetwork
{
    private readonly Network network;
    private readonly NeuralNetworkOptions options;
    private readonly LayerDefinition[] kept;

    /// <exception cref="ArgumentException">It takes other features than those at hand, or options contradict it.</exception>
    public PretrainedNetwork(Network network, NeuralNetworkOptions options, SourceColumn features, int featureCount)
    {
        this.network = network;
        this.options = options;
        var layers = network.Definition.Layers;
        kept = [.. layers is [.., DenseDefinition] ? layers.SkipLast(1) : layers];
        if (kept.Length == 0)
            throw new ArgumentException(
                "The option Pretrained has no layer in front of its last one, which is replaced, so that nothing of it would be left.");
        if (options.Network is not null)
            throw new ArgumentException("Both Network and Pretrained are set, and Pretrained has its layers. Leave Network out.");
        Layout = LayoutOf(network.InputShape, options);
        if (featureCount != network.InputShape.Size)
            throw features.Contradiction(
                $"The option Pretrained takes {Layout}, which is {network.InputShape.Size} values, and column {features.Subject} has "
                + $"{featureCount}. Bring the features to that size, as ResizeImages does. A network of convolutions takes images of other "
                + "sizes when it is made for them, and can load the same weights.");
        Layout.Check(features);
    }

    public FeatureLayout Layout { get; }

    /// <summary>A network with the numbers of the pretrained one, and a new last layer.</summary>
    public Network ToNetwork(int outputs, int seed)
    {
        var definition = TrainingStart.WithOutput(new NetworkDefinition(kept), outputs);
        var start = new Network(definition, network.InputShape, seed, options.Initializer);
        foreach (var (to, from) in start.Layers.Zip(network.Layers).Take(kept.Length))
            to.CopyFrom(from);
        return options.FreezeBatchNorm is { } freeze ? start.WithFrozenBatchNorm(freeze) : start;
    }

    private static FeatureLayout LayoutOf(Shape input, NeuralNetworkOptions options)
    {
        if (options.ImageShape is { } shape && shape != input)
            throw new ArgumentException(
                $"The option Pretrained takes features of shape {input}, the option ImageShape says {shape}. Leave ImageShape out.");
        if (input.Pixels == 1)
            return new FeatureLayout(input, ChannelLayout.PerSlot);
        return options.Layout != ChannelLayout.PerSlot
            ? new FeatureLayout(input, options.Layout)
            : throw new ArgumentException(
                $"The option Pretrained takes images of {input}, and Layout is PerSlot. Choose ChannelsFirst or ChannelsLast.");
    }
}
