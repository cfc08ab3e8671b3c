using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class NetworkPayloadNormTests
{
    private static readonly Shape Image = Shape.Image(2, 3, 4);

    public static TheoryData<NormDefinition> Norms =>
    [
        new BatchNormDefinition(),
        new BatchNormDefinition { Momentum = null, Epsilon = 1e-3f, Scale = false, InitialGamma = 0.5f },
        new BatchNormDefinition { Freeze = BatchNormFreeze.Statistics, Center = false },
        new BatchNormDefinition { Freeze = BatchNormFreeze.StatisticsAndAffine },
        new BatchNormDefinition { VirtualBatchSize = 3, WeightedStatistics = true },
        new BatchNormDefinition
        {
            Renormalization = new() { RMax = 2, DMax = 3, WarmupBatches = 1, RMaxReachedAfter = 3, DMaxReachedAfter = 4 },
        },
        new GroupNormDefinition(2) { Epsilon = 1e-2f, InitialGamma = -1 },
        new LayerNormDefinition { Center = false },
        new InstanceNormDefinition { Scale = false },
    ];

    [Theory]
    [MemberData(nameof(Norms))]
    public void Read_WhatWasWritten_HasTheSameOptionsAndBits(NormDefinition definition)
    {
        var network = new Network(NetworkDefinition.Empty.Add(definition), Image, seed: 1);
        foreach (var parameter in network.Layers[0].SavedParameters)
            Some.Values(parameter.Length, seed: 5).CopyTo(parameter.Value);
        network.Forward(Some.Values(6 * Image.Size, seed: 2, shift: 3), 6, Some.TrainingPass);
        var features = Some.Values(4 * Image.Size, seed: 3);
        using var stream = new MemoryStream();

        NetworkPayload.Write(network, stream);
        stream.Position = 0;
        var loaded = NetworkPayload.Read(stream);

        loaded.Definition.Layers.Should().Equal(network.Definition.Layers);
        loaded.Forward(features, 4, Pass.Inference).ToArray().Should().Equal(network.Forward(features, 4, Pass.Inference).ToArray());
        loaded.Forward(features, 4, Some.TrainingPass).ToArray().Should().Equal(network.Forward(features, 4, Some.TrainingPass).ToArray());
    }

    [Fact]
    public void Read_FirstFormat_StillPredictsTheSame()
    {
        // Written by version 0.1, before batch norm had more options than momentum, epsilon, center and scale.
        using var stream = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Payloads", "network-1.bin"));
        var network = NetworkPayload.Read(stream);
        var outputs = new float[6];

        network.ToPredictor().Predict([0.5f, -1, 2, 0, 1, -0.25f, 1, 2, 3, 4, 5, 6], outputs);

        outputs.ShouldAgree([0.10908586, 1.034972, -0.84360087, 0.22549364, 1.0577307, -0.84172887], 1e-5);   // folded, it rounds otherwise
        network.Definition.Layers.OfType<BatchNormDefinition>().Should().Equal(
            new BatchNormDefinition { Epsilon = 1e-3f, Momentum = 0.3f },
            new BatchNormDefinition { Momentum = null, Scale = false },
            new BatchNormDefinition { Center = false });
        network.Layers.OfType<BatchNormLayer>().Should().OnlyContain(norm => norm.Batches == 3);
    }
}
