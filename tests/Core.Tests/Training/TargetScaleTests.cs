using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class TargetScaleTests
{
    private static readonly TargetScale Scale = new(Mean: 40, Deviation: 5);

    [Fact]
    public void Of_LargeMean_IsTheWeightedMeanAndPopulationDeviation()
    {
        // 1 and, three times, 4 above a million: mean 3.25, squared deviations 5.0625 and 3 * 0.5625.
        var scale = TargetScale.Of(Rows(weighted: true, (1_000_001, 0.5f), (1_000_004, 1.5f)));

        scale.Mean.Should().BeApproximately(1_000_003.25, 1e-9);
        scale.Deviation.Should().BeApproximately(Math.Sqrt(6.75 / 4), 1e-9);   // double
    }

    [Fact]
    public void Of_RowsWithoutWeight_DoNotCount() =>
        TargetScale.Of(Rows(weighted: true, (77, 0), (1, 1), (-300, 0), (3, 1))).Should().Be(new TargetScale(Mean: 2, Deviation: 1));

    [Theory]
    [InlineData(7f)]
    [InlineData(0.1f)]
    [InlineData(1e-30f)]
    [InlineData(-3e38f)]
    public void MoveInto_TargetsThatDoNotVary_PredictsThemExactly(float target)
    {
        var network = Some.SmallNetwork(classes: 1);
        var scale = TargetScale.Of(Rows(weighted: true, (target, 0.3f), (target, 1), (target, 1e-3f)));

        scale.Should().Be(new TargetScale(target, Deviation: 0));
        scale.Standardize(target).Should().Be(0);
        scale.MoveInto(network);
        network.Forward(Some.Values(4 * 5, seed: 3), 4, Pass.Inference).ToArray().Should().AllBeEquivalentTo(target);
    }

    [Fact]
    public void ForTrained_TargetsThatDoNotVary_KeepsWhatTheNetworkKnows()
    {
        new TargetScale(Mean: 7, Deviation: 0).ForTrained().Should().Be(new TargetScale(Mean: 7, Deviation: 1));
        Scale.ForTrained().Should().Be(Scale);
    }

    [Fact]
    public void Of_TargetsWhosePredictionsWouldOverflow_SaysSo()
    {
        var of = () => TargetScale.Of(Rows(weighted: false, (3e38f, 1), (-3e38f, 1)));

        of.Should().Throw<InvalidOperationException>().WithMessage("*deviation 3E+38*overflow*power of ten*");
    }

    [Fact]
    public void Standardize_Target_IsItsDistanceFromTheMeanInDeviations() => Scale.Standardize(30).Should().Be(-2);

    [Fact]
    public void MoveInto_Network_PredictsInTheUnitOfTheTargetsAndTakeOutOfIsTheReverse()
    {
        var network = Some.SmallNetwork(classes: 1);
        var features = Some.Values(4 * 5, seed: 3);
        float[] Predicted() => network.Forward(features, 4, Pass.Inference).ToArray();
        var standardized = Predicted();

        Scale.MoveInto(network);
        Predicted().ShouldAgree([.. standardized.Select(value => 40 + 5.0 * value)], 1e-6);   // float32

        Scale.TakeOutOf(network);
        Predicted().ShouldAgree([.. standardized.Select(value => (double)value)], 1e-5);   // 40 is subtracted again
    }

    private static Dataset Rows(bool weighted, params (float Target, float Weight)[] rows)
    {
        var builder = new DatasetBuilder(inputs: 1, weighted);
        foreach (var (target, weight) in rows)
            builder.Add([0], target, weight);
        return builder.ToDataset();
    }
}
