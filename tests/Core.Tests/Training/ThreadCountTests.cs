using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

[Collection(nameof(WorkersAlone))]
public class ThreadCountTests
{
    public static TheoryData<Optimizer> Optimizers =>
        [new Sgd { Momentum = 0.9f }, new Adam(), new AdamW(), new Adagrad(), new RmsProp { Centered = true }];

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Run_AnyNumberOfThreads_GivesTheSameBits(Optimizer optimizer)
    {
        var alone = Trained(threads: 1, optimizer);

        Trained(threads: 2, optimizer).Should().Equal(alone);
        Trained(threads: 5, optimizer).Should().Equal(alone);
    }

    [Fact]
    public void Max_SetAndRead_IsWhatCallsMayUse()
    {
        using var restored = new MaxThreads(3);
        NumericsThreads.Max.Should().Be(3);

        NumericsThreads.Max = 1;

        BlockRunner.Threads.Should().Be(1);
        var none = () => NumericsThreads.Max = 0;
        none.Should().Throw<ArgumentOutOfRangeException>();
    }

    // 256 x 300 x 129 products and updates of 38,700 weights are large enough to be shared.
    private static float[] Trained(int threads, Optimizer optimizer)
    {
        using var most = new MaxThreads(threads);
        var network = new Network(NetworkDefinition.Empty.Dense(129).BatchNorm().Relu().Dense(3), Shape.Vector(300), seed: 1);
        var settings = new TrainingSettings { Epochs = 3, BatchSize = 256, Seed = 3, Optimizer = optimizer };
        new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(Some.Clusters(600, 300, 3, seed: 2));
        return [.. network.TrainableParameters.SelectMany(parameter => parameter.Value.ToArray())];
    }
}
