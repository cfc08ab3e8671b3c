using System.Globalization;
using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// What torchvision calls the tensors of its residual networks: <c>network.LoadSafetensors(file, TorchvisionNames.Of(network))</c> takes
/// the weights of a resnet18, resnet34 or resnet50 that was saved by <c>safetensors.torch.save_file(model.state_dict(), path)</c>.
/// </summary>
/// <example>
/// <code>
/// NetworkDefinition residual = NeuralNetworks.ResNet18()(NetworkDefinition.Empty).Dense(1000);
/// var resNet = new Network(residual, Shape.Image(64, 64, 3), seed: 0);
/// using var weights = new MemoryStream();
/// resNet.SaveSafetensors(weights, TorchvisionNames.Of(resNet));
/// weights.Position = 0;
/// resNet.LoadSafetensors(weights, TorchvisionNames.Of(resNet));
/// </code>
/// </example>
public static class TorchvisionNames
{
    /// <summary>
    /// The mapping for a network of <see cref="NeuralNetworks.ResNet18"/>, <see cref="NeuralNetworks.ResNet34"/> or
    /// <see cref="NeuralNetworks.ResNet50"/>, with or without a dense layer behind it, as torchvision's has one of 1,000 units, and a
    /// <see cref="FeatureEncodingDefinition"/> in front of it, which torchvision leaves to what prepares the pictures, so that it is not
    /// in the file.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <returns>What a tensor is called in the file, as "layer2.0.downsample.1.running_var", given its name in the Sequential.</returns>
    /// <exception cref="ArgumentException">The network has other layers.</exception>
    public static Func<string, string?> Of(Network network)
    {
        var modules = ModulesOf(Require.NotNull(network, nameof(network)));
        return name =>
        {
            string[] path = name.Split('.');
            if (!modules.TryGetValue(path[0], out var module))
                return null;   // the encoding
            return path switch
            {
                [_, "inner", var position, var tensor] => $"{module}.{InBlock(int.Parse(position, CultureInfo.InvariantCulture))}.{tensor}",
                [_, "shortcut", var position, var tensor] => $"{module}.downsample.{position}.{tensor}",
                _ => $"{module}.{path[^1]}",
            };
        };
    }

    // Convolution, batch norm, ReLU, and again.
    private static string InBlock(int position) => $"{(position % 3 == 0 ? "conv" : "bn")}{position / 3 + 1}";

    /// <summary>The modules of torchvision that have tensors, by their position in the Sequential.</summary>
    private static Dictionary<string, string> ModulesOf(Network network)
    {
        var layers = network.Definition.Layers;
        var first = layers is [FeatureEncodingDefinition, ..] ? 1 : 0;
        LayerDefinition[] stem = [.. layers.Skip(first).Take(5)];
        if (stem is not [Conv2DDefinition, BatchNormDefinition, ActivationDefinition, MaxPool2DDefinition, ResidualDefinition])
            throw Other(network);

        var modules = new Dictionary<string, string> { [$"{first}"] = "conv1", [$"{first + 1}"] = "bn1" };
        var position = first + 4;
        var (stage, block, channels) = (1, 0, network.Layers[position].OutputShape.Channels);
        for (; layers.ElementAtOrDefault(position) is ResidualDefinition; position += 2)
        {
            // A stage has more filters than the one before it.
            if (network.Layers[position].OutputShape.Channels != channels)
                (stage, block, channels) = (stage + 1, 0, network.Layers[position].OutputShape.Channels);
            modules.Add($"{position}", $"layer{stage}.{block++}");
            if (layers.ElementAtOrDefault(position + 1) is not ActivationDefinition)
                throw Other(network);
        }

        switch (layers.Skip(position).ToArray())
        {
            case [GlobalAveragePoolDefinition]:
                return modules;
            case [GlobalAveragePoolDefinition, DenseDefinition]:
                modules.Add($"{position + 2}", "fc");   // behind a Flatten
                return modules;
            default:
                throw Other(network);
        }
    }

    private static ArgumentException Other(Network network) => new(
        "The network must have the layers of NeuralNetworks.ResNet18, ResNet34 or ResNet50 and at most an encoding in front of them and "
        + $"a dense layer behind them. It has: {string.Join(", ", network.Layers.Select(layer => layer.Name))}.",
        nameof(network));
}
