namespace MLNet.BatchNorm.Pipelines.Tests.Search;

public class SearchTrialTests
{
    [Fact]
    public void Values_WhateverElseIsAskedFor_FollowFromSeedNumberAndName()
    {
        var (first, second) = (Searches.Trial(seed: 3, number: 7), Searches.Trial(seed: 3, number: 7));

        var rate = first.LogUniform("rate", 1e-4f, 1);
        first.Choose("width", 1, 2, 3);
        second.Uniform("momentum", 0, 1);
        second.LogUniform("rate", 1e-4f, 1).Should().Be(rate);

        Searches.Trial(seed: 3, number: 8).LogUniform("rate", 1e-4f, 1).Should().NotBe(rate);
        Searches.Trial(seed: 4, number: 7).LogUniform("rate", 1e-4f, 1).Should().NotBe(rate);
        Searches.Trial(seed: 3, number: 7).LogUniform("tare", 1e-4f, 1).Should().NotBe(rate);
    }

    [Fact]
    public void Values_OfManyTrials_FillTheirRanges()
    {
        const int trials = 2000;
        var drawn = Enumerable.Range(0, trials).Select(number => Searches.Trial(seed: 1, number)).Select(trial => (
            Uniform: trial.Uniform("uniform", -1, 3), Log: trial.LogUniform("log", 1e-4f, 1), Whole: trial.Integer("whole", 2, 4),
            Choice: trial.Choose("choice", "a", "b"))).ToArray();

        drawn.Select(values => values.Uniform).Should().OnlyContain(value => value >= -1 && value <= 3);
        drawn.Average(values => values.Uniform).Should().BeApproximately(1, 0.1f);                    // deviation 1.15 / sqrt(2000) = 0.026
        drawn.Select(values => values.Log).Should().OnlyContain(value => value >= 1e-4f && value <= 1);
        drawn.Average(values => Math.Log10(values.Log)).Should().BeApproximately(-2, 0.1);            // 0.026 too
        drawn.CountBy(values => values.Whole).Select(count => count.Key).Should().BeEquivalentTo([2, 3, 4]);
        drawn.CountBy(values => values.Whole).Should().OnlyContain(count => count.Value > trials / 4);
        drawn.CountBy(values => values.Choice).Should().HaveCount(2).And.OnlyContain(count => count.Value > 0.4 * trials);
    }

    [Fact]
    public void Ask_TheSameNameTwice_IsRefused()
    {
        var trial = Searches.Trial();
        trial.Integer("width", 1, 3);

        var again = () => trial.Uniform("width", 0, 1);

        again.Should().Throw<ArgumentException>().WithMessage("'width' is asked for twice*").WithParameterName("name");
    }

    [Fact]
    public void Search_ANameAskedForWithinTheNetwork_SaysToAskOutside()
    {
        var search = () => Searches.Of(
            Searches.Options(SearchMethod.Random(2)),
            trial => Toy.Quick with { Network = net => net.Dense(trial.Integer("width", 2, 4)) }).Run(Searches.Data);

        search.Should().Throw<ArgumentException>().WithMessage("'width' is asked for twice*outside of functions such as Network*");
    }

    public static TheoryData<string, Func<SearchTrial, object>> WrongRanges => new()
    {
        { "'x' cannot be taken from 1 to 1.*", trial => trial.Uniform("x", 1, 1) },
        { "'x' cannot be taken from 0 to Infinity.*", trial => trial.Uniform("x", 0, float.PositiveInfinity) },
        { "'x' cannot be taken from NaN to 1.*", trial => trial.Uniform("x", float.NaN, 1) },
        { "'x' cannot be taken from 0 to 1.*", trial => trial.LogUniform("x", 0, 1) },
        { "'x' cannot be taken from 2 to 1.*", trial => trial.Integer("x", 2, 1) },
        { "There is nothing to choose 'x' from.*", trial => trial.Choose<int>("x") },
        { "Two choices of 'x' are both '1' as text.*", trial => trial.Choose<object>("x", 1, 1L) },
        { "Two choices of 'x' are both 'System.Func*", trial => trial.Choose<Func<int>>("x", () => 1, () => 2) },
        { "The value cannot be an empty string.*", trial => trial.Integer("", 1, 2) },
    };

    [Theory]
    [MemberData(nameof(WrongRanges))]
    public void Ask_WhatThereCannotBe_IsRefused(string message, Func<SearchTrial, object> ask) =>
        ask.Invoking(function => function(Searches.Trial())).Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void Search_ANameWithAnotherRangeInAnotherTrial_IsRefused()
    {
        var search = () => Searches.Of(
            Searches.Options(SearchMethod.Random(2)), trial => Toy.Quick with { Epochs = trial.Integer("epochs", 1, 2 + trial.Number) });

        search.Should().Throw<ArgumentException>()
            .WithMessage("'epochs' is 1 to 3, whole in trial 1 and was 1 to 2, whole in another one.*");
    }
}
