using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

/// <summary>
/// Short trainings whose every bit is recorded, so that neither a change of a kernel nor another maker's processor goes unnoticed: the bits
/// may depend on how wide the vectors are, and on nothing else.
/// </summary>
[Collection(nameof(WorkersAlone))]
public class TrainingChecksumTests
{
    private const int Rows = 256;

    // Large enough that two threads share their work.
    private static readonly Dictionary<string, RecordedTraining> Trainings = new()
    {
        ["dense"] = new(
            NetworkDefinition.Empty.Dense(129).BatchNorm().Relu().Dropout(0.2f).Dense(64).BatchNorm().Tanh().Dense(3),
            Shape.Vector(130), new SoftmaxCrossEntropy(), new Adam { ClipNorm = 1 }),
        ["convolutional"] = new(   // the second by Winograd's transforms, the third with a filter for each channel
            NetworkDefinition.Empty.Conv2D(16, padding: 1).BatchNorm().Relu().MaxPool2D().Conv2D(20, padding: 1).BatchNorm().Relu()
                .Conv2D(20, padding: 1, groups: 20).BatchNorm().HardSwish().AveragePool2D().Flatten().Dense(4),
            Shape.Image(14, 14, 3), new SoftmaxCrossEntropy(), new Sgd { LearningRate = 0.01f, Momentum = 0.9f }),
        ["sigmoid"] = new(
            NetworkDefinition.Empty.Dense(96).Sigmoid().Dense(40).Elu().Dense(1),
            Shape.Vector(90), new SigmoidCrossEntropy(), new AdamW { LearningRate = 0.01f }),
        ["group norm"] = new(
            NetworkDefinition.Empty.Conv2D(12, stride: 2).GroupNorm(3).Silu().Conv2D(8, kernelSize: 1).LayerNorm().Gelu().Dropout(0.1f)
                .Flatten().Dense(5),
            Shape.Image(15, 13, 2), new SoftmaxCrossEntropy { LabelSmoothing = 0.1f }, new RmsProp()),
        ["regression"] = new(
            NetworkDefinition.Empty.Dense(100).RmsNorm().Mish().Residual(net => net.Dense(100).BatchNorm().Softplus()).Dense(1),
            Shape.Vector(70), new HuberLoss(1), new Adagrad { WeightDecay = 1e-3f }),
    };

    public static TheoryData<string> Names => [.. Trainings.Keys];

    [RecordedChecksumTheory]
    [MemberData(nameof(Names))]
    public void Run_RecordedTraining_EndsWithTheRecordedBits(string name)
    {
        var checksum = Trained(name, threads: 1);

        Trained(name, threads: 2).Should().Be(checksum, "the number of threads must not change a bit");
        TrainingChecksums.ShouldBe(name, checksum);
    }

    private static string Trained(string name, int threads)
    {
        using var most = new MaxThreads(threads);
        var (definition, shape, loss, optimizer) = Trainings[name];
        var network = new Network(definition, shape, seed: 1);
        var settings = new TrainingSettings
        {
            Epochs = 3,
            BatchSize = 64,
            Seed = 2,
            Optimizer = optimizer,
            Schedule = new WarmUpSchedule(3, new CosineSchedule()),
        };
        new TrainingLoop(network, loss, settings).Run(Examples(shape.Size, classes: Math.Max(2, network.OutputShape.Size)));
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(RankedRows.ValuesOf(network).AsSpan())));
    }

    /// <summary>Uniform features; the class is how many parts of the range their mean of four has passed.</summary>
    private static Dataset Examples(int inputs, int classes)
    {
        var random = new CounterRandom(3);
        var builder = new DatasetBuilder(inputs, hasWeights: false);
        var row = new float[inputs];
        for (var i = 0; i < Rows; i++)
        {
            foreach (ref var feature in row.AsSpan())
                feature = 2 * random.NextSingle() - 1;
            builder.Add(row, (int)((4 + row[0] + row[1] + row[2] + row[3]) / 8 * classes));
        }

        return builder.ToDataset();
    }

    private sealed record RecordedTraining(NetworkDefinition Definition, Shape Shape, Loss Loss, Optimizer Optimizer);
}
