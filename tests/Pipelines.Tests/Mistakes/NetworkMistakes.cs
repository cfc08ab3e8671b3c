using Microsoft.ML;
using static MLNet.BatchNorm.Pipelines.Tests.Mistakes.Mistakes;

namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>Layers that do not fit their input.</summary>
internal static class NetworkMistakes
{
    private static readonly Shape Picture = Shape.Image(8, 8, 1);

    public static readonly Dictionary<string, Mistake> All = new()
    {
        ["pictures of unknown shape"] = new(
            () => Fit(net => net.Conv2D(4), null), "'Features'", "three dimensions", "Vector<Single, 64>", "Set ImageShape"),
        ["an image shape of another size"] = new(
            () => Fit(net => net.Conv2D(4), Shape.Image(8, 8, 3)), "'Features'", "192 values", "got 64", "Set ImageShape"),
        ["augmented rows that are no pictures"] = new(
            () => FitClasses(Classes, options => options with { Augmentation = new() { HorizontalFlip = true } }),
            "'Features'", "three dimensions", "Vector<Single, 2>", "Set ImageShape"),
        ["a window larger than the picture"] = new(
            () => Fit(net => net.Conv2D(4, kernelSize: 9)), "'conv1'", "9x9 window", "8x8x1", "Use a smaller window"),
        ["pooled once too often"] = new(
            () => Fit(net => net.MaxPool2D().MaxPool2D().MaxPool2D().MaxPool2D()),
            "'maxpool4'", "from 16x16 pixels on", "Images of 8x8x1", "ResizeImages, or use fewer layers that shrink"),
        ["groups of a norm that do not divide"] = new(
            () => Fit(net => net.Conv2D(6).GroupNorm(4)), "'groupnorm1'", "4 groups", "6 channels", "Use a number of groups that does"),
        ["groups of a convolution that do not divide"] = new(
            () => Fit(net => net.Conv2D(6, groups: 4)), "'conv1'", "4 groups", "1 channels and 6 filters", "divides both"),
        ["concatenated pictures of two sizes"] = new(
            () => Fit(net => net.Concat(inner => inner.Conv2D(4))), "'concat1'", "the same", "6x6x4", "Use padding"),
        ["an unknown parameter"] = new(
            () => _ = ModelMistakes.Network.Parameters["batchnorm.gamma"],
            "'batchnorm.gamma'", "no parameter", "dense1.weight, batchnorm1.gamma", "It has"),
        ["frozen through an unknown layer"] = new(
            () => ML.MulticlassClassification.Trainers.NeuralNetwork(Options with { FreezeThrough = "dense9" })
                .Fit(Classes, ModelMistakes.Model),
            "FreezeThrough", "in front of the last one", "'dense9'", "There are: dense1, batchnorm1, relu1"),
        ["a pretrained network of another input"] = new(
            () => FitClasses(Rows64, options => options with { Network = null, Pretrained = ModelMistakes.Network }),
            "Pretrained", "2 values", "'Features' has 64", "Bring the features to that size"),
        ["a pretrained network and another"] = new(
            () => FitClasses(Classes, options => options with { Pretrained = ModelMistakes.Network }),
            "Network and Pretrained", "Pretrained has its layers", "Both", "Leave Network out"),
    };

    private static void Fit(Func<NetworkDefinition, NetworkDefinition> network) => Fit(network, Picture);

    private static void Fit(Func<NetworkDefinition, NetworkDefinition> network, Shape? shape) =>
        FitClasses(Rows64, options => options with { Network = network, ImageShape = shape });
}
