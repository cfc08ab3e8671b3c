using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class OutputClassesTests
{
    private static readonly float[] Rows = Some.Values(6 * 4, seed: 5);

    [Fact]
    public void Of_OtherOrderAndANewOutput_MovesWeightsAndBias()
    {
        var trained = Trained();

        var wider = OutputClasses.Of(trained, [2, OutputClasses.Unknown, 0, 1], seed: 7);

        foreach (var (now, before) in Predictions(wider).Chunk(4).Zip(Predictions(trained).Chunk(3)))
            new[] { now[0], now[2], now[3] }.Should().Equal([before[2], before[0], before[1]], (n, b) => Math.Abs(n - b) < 1e-5);
        Predictions(wider).Chunk(4).Select(row => row[1]).Distinct().Should()
            .HaveCount(6, "a new output starts at random weights, not at 0");
    }

    [Fact]
    public void Of_SameOutputs_IsTheSameNetworkBitForBit()
    {
        var trained = Trained();

        var copy = OutputClasses.Of(trained, [0, 1, 2], seed: 7);

        Saved.Bytes(copy).Should().Equal(Saved.Bytes(trained));
        copy.Should().NotBeSameAs(trained);
    }

    private static Network Trained()
    {
        var network = new Network(NetworkDefinition.Empty.Dense(5).BatchNorm().Relu().Dense(3), Shape.Vector(4), seed: 1);
        network.TrainableParameters[^1].Value[0] = 2;   // a bias that is not 0
        network.RecomputeStatistics(Rows, batchSize: 6);
        return network;
    }

    private static float[] Predictions(Network network)
    {
        var outputs = new float[6 * network.OutputShape.Size];
        network.ToPredictor().Predict(Rows, outputs);
        return outputs;
    }
}
