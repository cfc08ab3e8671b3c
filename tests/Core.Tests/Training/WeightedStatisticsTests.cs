using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class WeightedStatisticsTests
{
    [Theory]
    [InlineData(true, (1 * 1 + 2 * 4 + 3 * 8) / 6f)]
    [InlineData(false, (1 + 4 + 100 + 8) / 4f)]
    public void Run_WeightedRows_CountInTheStatisticsByOption(bool option, float mean)
    {
        var definition = NetworkDefinition.Empty.Add(new BatchNormDefinition { Momentum = 1, WeightedStatistics = option }).Dense(2);
        var network = new Network(definition, Shape.Vector(1), seed: 1);
        var rows = new DatasetBuilder(inputs: 1, hasWeights: true);
        foreach (var (x, weight) in new[] { (1f, 1f), (4f, 2f), (100f, 0f), (8f, 3f) })
            rows.Add([x], target: 1, weight);

        var loop = new TrainingLoop(network, new SoftmaxCrossEntropy(), new TrainingSettings { Epochs = 1, BatchSize = 4 });
        loop.Run(rows.ToDataset()).History.Should().ContainSingle();

        ((BatchNormLayer)network.Layers[0]).RunningMean[0].Should().BeApproximately(mean, 1e-5f);   // float32 sums
    }
}
