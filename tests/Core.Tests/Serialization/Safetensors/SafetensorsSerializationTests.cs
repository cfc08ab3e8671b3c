using System.Runtime.InteropServices;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization.Safetensors;

public class SafetensorsSerializationTests
{
    [Fact]
    public void Load_WhatWasSaved_IsTheSameNetwork()
    {
        var network = Trained();
        var loaded = Untrained();

        SafetensorsFile.Load(loaded, SafetensorsFile.Save(network));

        Saved.Bytes(loaded).Should().Equal(Saved.Bytes(network)).And.NotEqual(Saved.Bytes(Untrained()));
    }

    [Fact]
    public void Load_GroupsPReluAndRmsNormThatWereSaved_IsTheSameNetwork()
    {
        var definition = NetworkDefinition.Empty
            .Conv2D(6, padding: 1, groups: 3).PRelu().Add(new RmsNormDefinition()).GlobalMaxPool().Dense(2);
        Network network = New(seed: 1), loaded = New(seed: 2);
        foreach (var parameter in network.TrainableParameters)
            Some.Values(parameter.Length, seed: 3).CopyTo(parameter.Value);

        SafetensorsFile.Load(loaded, SafetensorsFile.Save(network));

        Saved.Bytes(loaded).Should().Equal(Saved.Bytes(network)).And.NotEqual(Saved.Bytes(New(seed: 2)));

        Network New(int seed) => new(definition, Shape.Image(4, 5, 3), seed);
    }

    // Two pixels of two channels: [channels, height, width] in the file, whose numbers come last.
    [Fact]
    public void Save_RmsNormOfAnImage_IsChannelByChannel()
    {
        var network = new Network(NetworkDefinition.Empty.Add(new RmsNormDefinition()), Shape.Image(1, 2, 2), seed: 1);
        new float[] { 1, 2, 3, 4 }.CopyTo(network.TrainableParameters[0].Value);

        var file = SafetensorsFile.Save(network);

        MemoryMarshal.Cast<byte, float>(file.AsSpan()[^16..]).ToArray().Should().Equal(1, 3, 2, 4);
    }

    [Fact]
    public void Load_AfterPredictions_ChangesThem()
    {
        var (network, features) = (Untrained(), Some.Values(6, seed: 9));
        float[] before = new float[3], after = new float[3], expected = new float[3];
        network.Predict(features, before);
        Trained().Predict(features, expected);

        SafetensorsFile.Load(network, SafetensorsFile.Save(Trained()));
        network.Predict(features, after);

        after.Should().Equal(expected).And.NotEqual(before);
    }

    [Fact]
    public void Load_LastNumberIsBad_LeavesTheNetworkAsItWas()
    {
        var network = Untrained();
        byte[] file = [.. SafetensorsFile.Save(Trained())[..^sizeof(float)], .. BitConverter.GetBytes(float.NaN)];
        var load = () => SafetensorsFile.Load(network, file);

        load.Should().Throw<ModelFormatException>().WithMessage("*'4.weight' has no finite float32 as number 11*");
        Saved.Bytes(network).Should().Equal(Saved.Bytes(Untrained()));
    }

    [Fact]
    public void Load_OtherNames_AreRefusedWithBoth()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(2), Shape.Vector(3), seed: 1);
        var file = SafetensorsFile.Save(new Network(NetworkDefinition.Empty.Relu().Dense(2), Shape.Vector(3), seed: 2));
        var before = Saved.Bytes(network);
        var load = () => SafetensorsFile.Load(network, file);

        load.Should().Throw<ModelFormatException>().WithMessage(
            "Cannot read the saved safetensors file: it lacks '0.weight', '0.bias', and has '1.bias', '1.weight' beyond "
            + "*strict: false*UseBias*");
        Saved.Bytes(network).Should().Equal(before);
    }

    [Fact]
    public void Load_NotStrict_TakesWhatFitsAndTellsTheRest()
    {
        var file = SafetensorsFile.Save(Trained());
        var network = new Network(NetworkDefinition.Empty.Dense(4).Tanh().Dense(2), Shape.Vector(6), seed: 8);
        var untouched = network.Parameters["dense2.weight"].Values.ToArray();

        var keys = SafetensorsFile.Load(network, file, strict: false);

        keys.Missing.Should().Equal("0.bias", "2.weight", "2.bias");
        keys.Unexpected.Should().BeEquivalentTo(
            "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight", "1.bias", "3.weight", "3.bias", "4.weight", "4.bias");
        network.Parameters["dense1.weight"].Values.ToArray().Should().Equal(Trained().Parameters["dense1.weight"].Values.ToArray());
        network.Parameters["dense2.weight"].Values.ToArray().Should().Equal(untouched);
    }

    [Fact]
    public void Load_NotStrictButAnotherShape_IsRefused()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(2), Shape.Vector(3), seed: 1);
        var load = () => SafetensorsFile.Load(
            network, SafetensorsFile.Save(new Network(NetworkDefinition.Empty.Dense(3), Shape.Vector(2), seed: 1)), strict: false);

        load.Should().Throw<ModelFormatException>().WithMessage("*'0.bias' has shape [3], the network's has [2].");
    }

    [Fact]
    public void Mapping_ThereAndBack_GivesOtherNames()
    {
        static string Mapping(string name) => "backbone." + name.Replace("1.", "bn.", StringComparison.Ordinal);
        var (network, loaded) = (Trained(), Untrained());

        var file = SafetensorsFile.Save(network, Mapping);
        SafetensorsFile.Load(loaded, file, Mapping);

        System.Text.Encoding.Latin1.GetString(file).Should().Contain("\"backbone.bn.running_mean\"").And.NotContain("\"1.running_mean\"");
        Saved.Bytes(loaded).Should().Equal(Saved.Bytes(network));
    }

    [Fact]
    public void Mapping_ToNull_LeavesATensorOut()
    {
        static string? Mapping(string name) => name.StartsWith("4.", StringComparison.Ordinal) ? null : name;
        var (network, loaded) = (Trained(), Untrained());
        var untouched = loaded.Parameters["dense2.weight"].Values.ToArray();

        var file = SafetensorsFile.Save(network, Mapping);
        SafetensorsFile.Load(loaded, file, Mapping);

        SafetensorsFile.Load(Untrained(), file, strict: false).Missing.Should().Equal("4.weight", "4.bias");
        loaded.Parameters["dense1.weight"].Values.ToArray().Should().Equal(network.Parameters["dense1.weight"].Values.ToArray());
        loaded.Parameters["dense2.weight"].Values.ToArray().Should().Equal(untouched);
    }

    [Fact]
    public void Mapping_OneNameTwiceOrAReservedOne_IsRefused()
    {
        var network = Trained();
        var twice = () => SafetensorsFile.Save(network, name => name.EndsWith("weight", StringComparison.Ordinal) ? "w" : name);
        var reserved = () => SafetensorsFile.Load(
            network, SafetensorsFile.Save(network), name => name == "0.weight" ? "__metadata__" : name);

        twice.Should().Throw<ArgumentException>().WithMessage("*'0.weight' and '1.weight'*one name, 'w'*");
        reserved.Should().Throw<ArgumentException>().WithMessage("*'0.weight' __metadata__*");
    }

    [Fact]
    public void Load_IntoTheNetworkOfAModel_IsRefused()
    {
        var network = Trained().AsReadOnly();
        var file = SafetensorsFile.Save(network);
        var load = () => SafetensorsFile.Load(network, file);

        load.Should().Throw<InvalidOperationException>().WithMessage("*network.Copy()*");
        SafetensorsFile.Load(network.Copy(), file).Missing.Should().BeEmpty();
    }

    [Fact]
    public void Load_StandardizedFeatures_MustBeStandardizedByTheSame()
    {
        FeatureEncodingDefinition Standardized(float mean) =>
            new() { Scales = new FeatureScales([mean, 2], [3, 4], [[], []], []) };
        Network With(FeatureEncodingDefinition first) => new(NetworkDefinition.Empty.Add(first).Dense(1), Shape.Vector(2), seed: 1);
        var file = SafetensorsFile.Save(With(Standardized(1)));

        var load = () => SafetensorsFile.Load(With(Standardized(1.5f)), file);

        SafetensorsFile.Load(With(Standardized(1)), file).Unexpected.Should().BeEmpty();
        load.Should().Throw<ModelFormatException>().WithMessage("*'0.mean' has other numbers than the network's layer 'encoding1'*");
    }

    [Theory]
    [InlineData(true, "bias", 0f)]
    [InlineData(false, "weight", 1f)]
    public void Load_HalfAnAffine_TakesTheOtherHalfAsPyTorchHasIt(bool scale, string fixedName, float fixedValue)
    {
        var norm = new BatchNormDefinition { Scale = scale, Center = !scale };
        var half = new Network(NetworkDefinition.Empty.Add(norm), Shape.Vector(1), seed: 1);
        var whole = new Network(NetworkDefinition.Empty.BatchNorm(), Shape.Vector(1), seed: 1);
        half.Parameters[0].Set([5]);

        SafetensorsFile.Load(whole, SafetensorsFile.Save(half));
        whole.BatchNormLayers[0].Gamma.Should().Equal(scale ? 5 : fixedValue);
        whole.BatchNormLayers[0].Beta.Should().Equal(scale ? fixedValue : 5);
        whole.Parameters[scale ? 1 : 0].Set([7]);
        var load = () => SafetensorsFile.Load(half, SafetensorsFile.Save(whole));

        load.Should().Throw<ModelFormatException>().WithMessage($"*'0.{fixedName}' has other numbers*'batchnorm1'*");
    }

    [Fact]
    public void Save_WhatPyTorchCannotHave_IsRefusedByItsName()
    {
        var encoding = () => Save(NetworkDefinition.Empty.Add(Some.Encoding(3)), Shape.Vector(3));
        var groups = () => Save(NetworkDefinition.Empty.Flatten().GroupNorm(2), Shape.Image(2, 2, 2));
        var convolution = () => Save(NetworkDefinition.Empty.Flatten().Conv2D(2, kernelSize: 1), Shape.Image(2, 2, 2));
        var sum = () => Save(NetworkDefinition.Empty.Flatten().Residual(inner => inner.Dense(8)), Shape.Image(2, 2, 2));

        encoding.Should().Throw<NotSupportedException>().WithMessage("Layer 'encoding1'*");
        groups.Should().Throw<NotSupportedException>().WithMessage("Layer 'groupnorm1'*");
        convolution.Should().Throw<NotSupportedException>().WithMessage("Layer 'conv1'*");
        sum.Should().Throw<NotSupportedException>().WithMessage("Layer 'residual1'*");

        static void Save(NetworkDefinition definition, Shape input) => SafetensorsFile.Save(new Network(definition, input, seed: 1));
    }

    private static Network Untrained() =>
        new(NetworkDefinition.Empty.Dense(4).BatchNorm().Relu().LayerNorm().Dense(3), Shape.Vector(6), seed: 2);

    private static Network Trained()
    {
        var network = new Network(Untrained().Definition, Shape.Vector(6), seed: 1);
        for (var i = 0; i < 3; i++)
            network.Forward(Some.Values(10 * 6, seed: i, shift: 1), 10, Some.TrainingPass);
        return network;
    }
}
