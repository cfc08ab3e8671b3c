using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

/// <summary>Thousands of mutations of every kind of payload, with the right checksum.</summary>
public class MutatedPayloadTests
{
    private static readonly Shape Vector = Shape.Vector(6), Image = Shape.Image(5, 4, 2);

    public static TheoryData<string, Shape, LayerDefinition> Layers
    {
        get
        {
            var data = new TheoryData<string, Shape, LayerDefinition>();
            LayerDefinition[] ofVectors =
            [
                new DenseDefinition(3), new DenseDefinition(2) { Initializer = Initializer.Normal(0.5f), UseBias = false },
                new BatchNormDefinition(), new BatchNormDefinition { Center = false, Scale = false, Momentum = null },
                new BatchNormDefinition { Renormalization = new(), VirtualBatchSize = 2, Freeze = BatchNormFreeze.Statistics },
                new GroupNormDefinition(2), new GroupNormDefinition(2) { Center = false, Scale = false }, new LayerNormDefinition(),
                new LayerNormDefinition { Center = false, Scale = false }, new RmsNormDefinition(), new DropoutDefinition(0.5f),
                new ActivationDefinition(ActivationKind.Elu), new ActivationDefinition(ActivationKind.Mish), new PReluDefinition(),
                Some.Encoding(6), new ConcatDefinition(NetworkDefinition.Empty.Dense(2).Relu()),
                new ResidualDefinition(NetworkDefinition.Empty.Dense(2).BatchNorm()),
                new ResidualDefinition(NetworkDefinition.Empty.Residual(inner => inner.Dense(3)).Relu())
                {
                    Shortcut = NetworkDefinition.Empty.Dense(3),
                },
            ];
            LayerDefinition[] ofImages =
            [
                new Conv2DDefinition(3) { Padding = 1 },
                new Conv2DDefinition(4) { Groups = 2, Stride = new Size2D(1, 2), Padding = new Padding2D(1, 0, 2, 1), Dilation = 2 },
                new MaxPool2DDefinition(2), new MaxPool2DDefinition(2) { CeilMode = true, Dilation = 2 }, new AveragePool2DDefinition(2),
                new AveragePool2DDefinition(3) { CountIncludePad = true, Padding = 1 }, new GlobalAveragePoolDefinition(),
                new GlobalMaxPoolDefinition(), new FlattenDefinition(), new InstanceNormDefinition { Center = false, Scale = false },
                new ResidualDefinition(NetworkDefinition.Empty.Conv2D(3, stride: 2, padding: 1).BatchNorm()),
            ];
            foreach (var (input, layers) in new[] { (Vector, ofVectors), (Image, ofImages) })
                foreach (var layer in layers)
                    data.Add($"{data.Count}: {layer.Kind}", input, layer);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Read_MutatedNetwork_IsRefusedOrANetwork(string name, Shape input, LayerDefinition layer)
    {
        var payload = Saved.Bytes(new Network(new NetworkDefinition([layer]), input, seed: 1));

        var taken = Mutation.ReadAll(payload, Seed(name), UntrustedNetwork.Read);

        taken.Should().BePositive();
    }

    [Fact]
    public void Read_MutatedNetworkThatLeavesOutRows_IsRefusedOrANetwork()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(2), Shape.Vector(20), seed: 1);
        network.TrainableParameters[0].Value[6..].Clear();

        Mutation.ReadAll(Saved.Bytes(network), seed: 100, UntrustedNetwork.Read).Should().BePositive();
    }

    [Fact]
    public void Read_MutatedCheckpoint_IsRefusedOrACheckpoint()
    {
        var payload = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Payloads", "checkpoint-1.bin"));

        Mutation.ReadAll(payload, seed: 101, mutant => CheckpointFile.Read(new MemoryStream(mutant))).Should().BePositive();
    }

    [Fact]
    public void Read_MutatedOptimizer_IsRefusedOrAState()
    {
        var parameters = Some.SmallNetwork().TrainableParameters;
        var state = OptimizerState.Of(new Adam().Over(parameters));

        Mutation.ReadAll(
            Part(writer => OptimizerPayload.Write(state, writer)), seed: 102,
            mutant => OptimizerPayload.Read(Open(mutant), parameters)).Should().BePositive();
    }

    [Fact]
    public void Read_MutatedHistory_IsRefusedOrAHistory()
    {
        EpochReport[] epochs =
        [
            new(1, 2, "accuracy", 0.5, 0.75, 0.25, 0.5, 0.01f, 1e5, TimeSpan.FromSeconds(1.5)),
            new(2, 2, "accuracy", 0.125, 0.8125, null, null, 0, 2000, TimeSpan.FromSeconds(3)),
        ];

        Mutation.ReadAll(
            Part(writer => HistoryPayload.Write(epochs, writer)), seed: 103,
            mutant => HistoryPayload.Read(Open(mutant))).Should().BePositive();
    }

    private static byte[] Part(Action<PayloadWriter> write)
    {
        var writer = new PayloadWriter(NetworkPayload.Kind);
        write(writer);
        return Saved.Written(writer.WriteTo);
    }

    private static PayloadReader Open(byte[] payload) => PayloadReader.Open(new MemoryStream(payload), NetworkPayload.Kind);

    private static int Seed(string name) => int.Parse(name[..name.IndexOf(':', StringComparison.Ordinal)], null);
}
