namespace MLNet.BatchNorm.Pipelines.Tests.Search;

public class SearchMethodTests
{
    [Fact]
    public void Grid_ValuesThatDependOnOthers_TakesEveryCombinationOnce()
    {
        var asked = Asked(SearchMethod.Grid, trial => trial.Choose("norm", "batch", "none") == "batch"
            ? $"batch {trial.Choose("momentum", 0.1f, 0.3f)} {trial.Integer("layers", 1, 2)}"
            : $"none {trial.Integer("layers", 1, 2)}");

        asked.Should().Equal("batch 0.1 1", "batch 0.1 2", "batch 0.3 1", "batch 0.3 2", "none 1", "none 2");
    }

    [Fact]
    public void Grid_NothingToChoose_HasOneTrial() => Asked(SearchMethod.Grid, _ => "only").Should().Equal("only");

    [Fact]
    public void Grid_AnyNumberOfARange_IsRefusedByName()
    {
        var search = () => Asked(SearchMethod.Grid, trial => $"{trial.Uniform("momentum", 0, 1)}");

        search.Should().Throw<InvalidOperationException>().WithMessage("*'momentum'*Choose*");
    }

    [Fact]
    public void Grid_MoreCombinationsThanThereMayBe_SaysWhatToDo()
    {
        var search = () => Searches.Of(
            Searches.Options(SearchMethod.Grid), trial => Toy.Quick with { Epochs = trial.Integer("epochs", 1, int.MaxValue) });

        search.Should().Throw<ArgumentException>().WithMessage("The grid has more than 100000 combinations.*SearchMethod.Random*");
    }

    [Fact]
    public void Random_MoreTrials_BeginsWithTheSame()
    {
        string Ask(SearchTrial trial) => $"{trial.Uniform("x", 0, 1)}";

        Asked(SearchMethod.Random(5), Ask).Take(3).Should().Equal(Asked(SearchMethod.Random(3), Ask));
        Asked(SearchMethod.SuccessiveHalving(3), Ask).Should().Equal(Asked(SearchMethod.Random(3), Ask));
        Asked(SearchMethod.Random(5), Ask).Should().OnlyHaveUniqueItems();
    }

    public static TheoryData<string, Action> WrongNumbers => new()
    {
        { "trials", () => SearchMethod.Random(0) },
        { "trials", () => SearchMethod.Random(100_001) },
        { "trials", () => SearchMethod.SuccessiveHalving(trials: 0) },
        { "trials", () => SearchMethod.SuccessiveHalving(trials: int.MaxValue) },
        { "factor", () => SearchMethod.SuccessiveHalving(factor: 1) },
        { "rungs", () => SearchMethod.SuccessiveHalving(rungs: 0) },
        { "rungs", () => SearchMethod.SuccessiveHalving(rungs: 11) },
    };

    [Theory]
    [MemberData(nameof(WrongNumbers))]
    public void Make_ANumberOutOfItsRange_NamesIt(string name, Action make) =>
        make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);

    /// <summary>What a function answers trial by trial.</summary>
    private static string[] Asked(SearchMethod method, Func<SearchTrial, string> ask)
    {
        var answers = new SortedDictionary<int, string>();
        var search = Searches.Of(Searches.Options(method), trial =>
        {
            answers[trial.Number] = ask(trial);
            return Toy.Quick;
        });
        answers.Should().HaveCount(search.TrialCount);
        return [.. answers.Values];
    }
}
