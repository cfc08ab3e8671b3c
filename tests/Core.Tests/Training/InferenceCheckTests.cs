using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class InferenceCheckTests
{
    [Fact]
    public void LossOf_FewRows_IsTheMeanOfAllAsPredictionsSeeThem()
    {
        const int rows = 49;   // three batches of 16 and a row
        var data = Some.Clusters(rows, 5, 3, seed: 2);
        var network = Some.SmallNetwork();
        using var all = data.InBatches(rows);
        all.Start(shuffle: null);
        var batch = all.Next();
        var loss = new SoftmaxCrossEntropy();
        var expected = loss.Evaluate(network.Forward(batch.Features, rows, Pass.Inference), batch.Targets, [], new float[rows * 3]);

        InferenceCheck.LossOf(network, loss, data, new TrainingSettings { BatchSize = 16, Seed = 1 })
            .Should().BeApproximately(expected, 1e-6);   // float32 terms
    }

    [Fact]
    public void LossOf_ManySortedRows_DrawsFromAllOfThem()
    {
        const int rows = 8_000;
        var builder = new DatasetBuilder(1, hasWeights: false);
        for (var i = 0; i < rows; i++)
            builder.Add([0], target: i < rows / 2 ? 0 : 1);
        var network = new Network(NetworkDefinition.Empty.Dense(1, Initializer.Normal(0)), Shape.Vector(1), seed: 1);   // gives 0

        var loss = InferenceCheck.LossOf(
            network, new SquaredError(), builder.ToDataset(), new TrainingSettings { BatchSize = 64, Seed = 1 });

        // Half of them, and less than five standard errors of a sample of 2,000 away from that.
        loss.Should().BeApproximately(0.5 * new SquaredError().Of(0, 1).Loss, 0.06).And.NotBe(0.5 * new SquaredError().Of(0, 1).Loss);
    }

    [Theory]
    [InlineData(0.39, 0.2, false)]
    [InlineData(0.41, 0.2, true)]
    [InlineData(double.NaN, 0.2, true)]
    public void WarningFor_WorseByMoreThanHalfAndATenth_Warns(double inferenceLoss, double trainingLoss, bool warns) =>
        (InferenceCheck.WarningFor(inferenceLoss, trainingLoss) is not null).Should().Be(warns);
}
