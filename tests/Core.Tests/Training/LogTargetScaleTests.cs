using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class LogTargetScaleTests
{
    private static readonly LogTargetScale Scale = new(Mean: 40);

    [Fact]
    public void Of_WeightedTargets_IsTheirMean() =>
        ITargetScale.Of(Rows((0, 3), (77, 0), (8, 1)), Link.Log).Should().Be(new LogTargetScale(Mean: 2));

    [Fact]
    public void Of_TargetsThatAreAllZero_IsOne() => LogTargetScale.Of(Rows((0, 1), (0, 2))).Should().Be(new LogTargetScale(Mean: 1));

    [Fact]
    public void Of_IdentityLink_IsMeanAndDeviation() =>
        ITargetScale.Of(Rows((1, 1), (3, 1)), Link.Identity).Should().Be(new TargetScale(Mean: 2, Deviation: 1));

    [Fact]
    public void Standardize_Target_IsItsShareOfTheMean()
    {
        Scale.Standardize(20).Should().Be(0.5f);
        Scale.Standardize(0).Should().Be(0);
    }

    [Fact]
    public void MoveInto_Network_MultipliesThePredictionsByTheMeanAndTakeOutOfIsTheReverse()
    {
        var network = Some.SmallNetwork(classes: 1);
        var features = Some.Values(4 * 5, seed: 3);
        var standardized = Predicted();

        Scale.MoveInto(network);
        Predicted().ShouldAgree([.. standardized.Select(value => 40.0 * value)], 1e-5);   // log(40) in float32, through exp

        Scale.TakeOutOf(network);
        Predicted().ShouldAgree([.. standardized.Select(value => (double)value)], 1e-5);

        float[] Predicted()
        {
            var outputs = network.Forward(features, 4, Pass.Inference).ToArray();
            Link.Log.ToPredictions(outputs);
            return outputs;
        }
    }

    private static Dataset Rows(params (float Target, float Weight)[] rows)
    {
        var builder = new DatasetBuilder(inputs: 1, hasWeights: true);
        foreach (var (target, weight) in rows)
            builder.Add([0], target, weight);
        return builder.ToDataset();
    }
}
