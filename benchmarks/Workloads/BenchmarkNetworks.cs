
namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>The networks of the workloads. Weights start as PyTorch's do.</summary>
internal static class BenchmarkNetworks
{
    /// <summary>Dense layers of the given sizes, all but the last with an activation, and batch norm in front of it if asked for.</summary>
    public static Network Mlp(int[] sizes, ActivationKind activation, bool batchNorm)
    {
        var net = NetworkDefinition.Empty;
        foreach (var units in sizes[1..^1])
        {
            net = net.Dense(units);
            if (batchNorm)
                net = net.BatchNorm();
            net = net.Add(new ActivationDefinition(activation));
        }

        return new Network(net.Dense(sizes[^1]), Shape.Vector(sizes[0]), seed: 0, Initializer.PyTorch);
    }

    /// <summary>28x28 grey: two blocks of convolution, batch norm, ReLU and max pooling, then 128 units and 10.</summary>
    public static Network Cnn28()
    {
        var net = NetworkDefinition.Empty
            .Conv2D(16, padding: 1).BatchNorm().Relu().MaxPool2D()
            .Conv2D(32, padding: 1).BatchNorm().Relu().MaxPool2D()
            .Flatten().Dense(128).BatchNorm().Relu().Dense(10);
        return new Network(net, Shape.Image(28, 28, 1), seed: 0, Initializer.PyTorch);
    }

    /// <summary>
    /// 32x32 in three colours: two convolutions of 32 filters, two of 64, each with batch norm and ReLU, each pair with max pooling.
    /// </summary>
    public static Network CnnRgb()
    {
        var net = NetworkDefinition.Empty
            .Conv2D(32, padding: 1).BatchNorm().Relu().Conv2D(32, padding: 1).BatchNorm().Relu().MaxPool2D()
            .Conv2D(64, padding: 1).BatchNorm().Relu().Conv2D(64, padding: 1).BatchNorm().Relu().MaxPool2D()
            .Flatten().Dense(10);
        return new Network(net, Shape.Image(32, 32, 3), seed: 0, Initializer.PyTorch);
    }

    /// <summary>224x224 in three colours, 1,000 classes, as torchvision builds it.</summary>
    public static Network ResNet18() => new(
        NeuralNetworks.ResNet18()(NetworkDefinition.Empty).Dense(1000), Shape.Image(224, 224, 3), seed: 0, Initializer.PyTorch);
}
