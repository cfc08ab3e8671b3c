using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm.Core.Tests.Losses;

public class RegressionLossTests
{
    public static TheoryData<string, string, Action> Bad => new()
    {
        { "delta", "positive", () => RegressionLoss.Huber(0) },
        { "delta", "positive", () => RegressionLoss.Huber(float.PositiveInfinity) },
        { "tau", "greater than 0 and less than 1", () => RegressionLoss.Quantile(0) },
        { "tau", "greater than 0 and less than 1", () => RegressionLoss.Quantile(1) },
        { "tau", "greater than 0 and less than 1", () => RegressionLoss.Quantile(float.NaN) },
        { "power", "greater than 1 and less than 2", () => RegressionLoss.Tweedie(1) },
        { "power", "greater than 1 and less than 2", () => RegressionLoss.Tweedie(2) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Factory_BadValue_NamesItAndWhatItMustBe(string name, string expected, Action make) =>
        make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name).WithMessage($"{name} must be {expected}.*");

    [Fact]
    public void Loss_OfEachFactory_IsTheOneOfThatNameAndValue()
    {
        (RegressionLoss Found, NumberLoss Expected, string Name)[] losses =
        [
            (RegressionLoss.Squared, new SquaredError(), "Squared"),
            (RegressionLoss.Absolute, new AbsoluteError(), "Absolute"),
            (RegressionLoss.Huber(), new HuberLoss(1), "Huber(1)"),
            (RegressionLoss.Huber(0.5f), new HuberLoss(0.5), "Huber(0.5)"),
            (RegressionLoss.Quantile(0.75f), new QuantileLoss(0.75), "Quantile(0.75)"),
            (RegressionLoss.Poisson, new PoissonDeviance(), "Poisson"),
            (RegressionLoss.Tweedie(), new TweedieDeviance(1.5), "Tweedie(1.5)"),
        ];

        losses.Select(loss => loss.Found.Loss).Should().Equal(losses.Select(loss => loss.Expected));
        losses.Select(loss => loss.Found.ToString()).Should().Equal(losses.Select(loss => loss.Name));
        RegressionLoss.Huber().Should().Be(RegressionLoss.Huber(1)).And.NotBe(RegressionLoss.Huber(2));
    }
}
