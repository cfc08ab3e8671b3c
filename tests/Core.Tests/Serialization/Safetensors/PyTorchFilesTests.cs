using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization.Safetensors;

/// <summary>Files that PyTorch wrote (Goldens/make_safetensors.py), and what it computes with them.</summary>
public class PyTorchFilesTests
{
    private static readonly Golden Golden = new("safetensors.json");

    [Theory]
    [InlineData("mlp")]
    [InlineData("mlp-bias")]
    [InlineData("cnn")]
    [InlineData("blocks")]
    [InlineData("global")]
    [InlineData("types")]
    public void Load_FileOfPyTorch_PredictsWhatPyTorchDoes(string name)
    {
        var network = Untrained(name);

        var keys = SafetensorsFile.Load(network, SafetensorsFile.OfPyTorch(name));

        keys.Missing.Should().BeEmpty();
        keys.Unexpected.Should().BeEmpty();
        Predict(network, name).ShouldAgree(Golden.Doubles($"{name}_y"), tolerance: 1e-5);
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("cnn")]
    [InlineData("blocks")]
    [InlineData("global")]
    public void Save_WhatPyTorchWrote_GivesTheSameBytes(string name)
    {
        var network = Untrained(name);
        SafetensorsFile.Load(network, SafetensorsFile.OfPyTorch(name));

        SafetensorsFile.Save(network).Should().Equal(SafetensorsFile.OfPyTorch(name));
    }

    [Fact]
    public void Load_ImageInFrontOfADenseLayer_CountsTheFlattenOfPyTorch()
    {
        var network = new Network(Cnn(flatten: net => net), Shape.Image(6, 5, 2), seed: 1);

        SafetensorsFile.Load(network, SafetensorsFile.OfPyTorch("cnn"));

        Predict(network, "cnn").ShouldAgree(Golden.Doubles("cnn_y"), tolerance: 1e-5);
    }

    [Fact]
    public void Load_BiasInFrontOfBatchNorm_GoesIntoTheRunningMean()
    {
        var folded = Untrained("mlp-bias");
        var linear = new DenseDefinition(6) { UseBias = true };
        var whole = new Network(NetworkDefinition.Empty.Add(linear).BatchNorm().Relu().Dense(3), Shape.Vector(5), seed: 1);

        SafetensorsFile.Load(folded, SafetensorsFile.OfPyTorch("mlp-bias"));
        SafetensorsFile.Load(whole, SafetensorsFile.OfPyTorch("mlp-bias"));

        var bias = whole.Parameters["dense1.bias"].Values.ToArray();
        folded.Parameters.Should().NotContain(parameter => parameter.Name == "dense1.bias");
        folded.BatchNormLayers[0].RunningMean.Should().Equal(whole.BatchNormLayers[0].RunningMean.Zip(bias, (mean, b) => mean - b));
        folded.BatchNormLayers[0].RunningVariance.Should().Equal(whole.BatchNormLayers[0].RunningVariance);
        Predict(whole, "mlp-bias").ShouldAgree(Golden.Doubles("mlp-bias_y"), tolerance: 1e-5);
    }

    [Fact]
    public void Load_NumbersOfEveryType_AreTheNearestFloats()
    {
        var network = Untrained("types");

        SafetensorsFile.Load(network, SafetensorsFile.OfPyTorch("types"));

        foreach (var (ours, theirs, inputs) in new[] { ("dense1.weight", "0.weight", 3), ("dense2.weight", "1.weight", 4) })
        {
            var expected = Golden.Floats($"types_{theirs}");
            var units = expected.Length / inputs;
            var transposed = Enumerable.Range(0, expected.Length).Select(i => expected[i % units * inputs + i / units]);
            network.Parameters[ours].Values.ToArray().Should().Equal(transposed);
        }

        network.Parameters["dense1.bias"].Values.ToArray().Should().Equal(Golden.Floats("types_0.bias"));
        network.Parameters["dense2.bias"].Values.ToArray().Should().Equal(Golden.Floats("types_1.bias"));
    }

    private static float[] Predict(Network network, string name)
    {
        var outputs = new float[Golden.Doubles($"{name}_y").Length];
        network.Predict(Golden.Floats($"{name}_x"), outputs);
        return outputs;
    }

    private static Network Untrained(string name) => name switch
    {
        "mlp" => new Network(
            NetworkDefinition.Empty.Dense(6).BatchNorm().Relu().Dropout(0.2f).Dense(4).BatchNorm().Tanh().Dense(3),
            Shape.Vector(5), seed: 1),
        "mlp-bias" => new Network(NetworkDefinition.Empty.Dense(6).BatchNorm().Relu().Dense(3), Shape.Vector(5), seed: 1),
        "cnn" => new Network(Cnn(net => net.Flatten()), Shape.Image(6, 5, 2), seed: 1),
        "blocks" => new Network(
            NetworkDefinition.Empty
                .Conv2D(4).GroupNorm(2).Silu()
                .Residual(inner => inner.Conv2D(4, padding: 1).BatchNorm().Relu().Conv2D(4, kernelSize: 1))
                .Residual(inner => inner.Conv2D(6, stride: 2, padding: 1).BatchNorm())
                .LayerNorm().InstanceNorm()
                .Concat(inner => inner.Conv2D(2, kernelSize: 1).Relu())
                .Flatten().BatchNorm().LayerNorm()
                .Concat(inner => inner.Dense(5).Relu())
                .Dense(3),
            Shape.Image(6, 7, 2), seed: 1),
        "global" => new Network(
            NetworkDefinition.Empty
                .Conv2D(4).Add(new BatchNormDefinition { Scale = false, Center = false }).Relu().GlobalAveragePool().Dense(3),
            Shape.Image(6, 5, 2), seed: 1),
        _ => new Network(NetworkDefinition.Empty.Dense(4).Dense(2), Shape.Vector(3), seed: 1),
    };

    private static NetworkDefinition Cnn(Func<NetworkDefinition, NetworkDefinition> flatten)
    {
        var convolution = new Conv2DDefinition(3) { KernelHeight = 3, KernelWidth = 2, Padding = 1 };
        return flatten(NetworkDefinition.Empty.Add(convolution).BatchNorm().Relu().MaxPool2D()).Dense(4).BatchNorm().Relu().Dense(3);
    }
}
