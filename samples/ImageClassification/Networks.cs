using MLNet.BatchNorm;

namespace ImageClassification;

/// <summary>The networks to choose from, all with batch normalization behind every layer of weights but the last.</summary>
internal static class Networks
{
    public const string Default = "cnn";

    public static IReadOnlyDictionary<string, Func<NetworkDefinition, NetworkDefinition>> ByName { get; } =
        new Dictionary<string, Func<NetworkDefinition, NetworkDefinition>>
        {
            ["mlp"] = NeuralNetworks.Mlp([256, 128], dropout: 0.3f),
            ["cnn"] = NeuralNetworks.SmallCnn([32, 64], convolutions: 2, dropout: 0.3f),
            ["resnet"] = NeuralNetworks.ResNet(depth: 8),
        };
}
