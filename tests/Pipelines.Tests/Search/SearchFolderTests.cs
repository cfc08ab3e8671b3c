using System.Globalization;
using System.Text.Json;

namespace MLNet.BatchNorm.Pipelines.Tests.Search;

public sealed class SearchFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("search-folder-").FullName;

    private NeuralNetworkSearchOptions Options => Searches.Options() with { Folder = Path.Combine(folder, "search") };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Run_Again_FindsEverythingDone()
    {
        var first = Searches.Of(Options).Run(Searches.Data);
        var epochs = 0;

        var second = Searches.Of(Options, trial => Searches.Space(trial) with { Progress = _ => epochs++ }).Run(Searches.Data);

        epochs.Should().Be(0);
        Searches.Table(second).Should().Equal(Searches.Table(first));
        second.Trials.Select(trial => trial.Elapsed).Should().Equal(first.Trials.Select(trial => trial.Elapsed));
        Toy.PayloadOf(second.Model, Searches.Data).Should().Equal(Toy.PayloadOf(first.Model, Searches.Data));
        var withoutFolder = Searches.Of(Searches.Options()).Run(Searches.Data);
        Searches.Table(withoutFolder).Should().Equal(Searches.Table(first));
    }

    [Fact]
    public void Run_AgainInAnotherCulture_FindsEverythingDone()
    {
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "minus ";

        var first = Run(comma);
        var second = Run(CultureInfo.InvariantCulture);

        Table(second).Should().Be(Table(first));
        second.Trials.Select(trial => trial.ToString()).Should().Equal(first.Trials.Select(trial => trial.ToString()));
        Table(first).Should().Contain("0.01").And.Contain("0.02").And.NotContain("0,0");

        SearchResult Run(CultureInfo culture)
        {
            var before = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = culture;
            try
            {
                return Searches.Of(Options with { Method = SearchMethod.Grid }, Space).Run(Searches.Data);
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }

        static NeuralNetworkOptions Space(SearchTrial trial) => Toy.Quick with
        {
            Optimizer = trial.Choose<Optimizer>("optimizer", new Adam { LearningRate = 0.01f }, new Sgd { LearningRate = 0.02f }),
            Initializer = trial.Choose("initializer", Initializer.He, Initializer.Normal(0.01f)),
            Epochs = trial.Choose("epochs", (1, 0.5f), (2, 0.25f)).Item1,
        };

        static string Table(SearchResult result)
        {
            var csv = new StringWriter();
            result.WriteCsv(csv);
            return csv.ToString();
        }
    }

    [Fact]
    public void Run_Cancelled_GoesOnFromThere()
    {
        var expected = Searches.Of(Searches.Options()).Run(Searches.Data);
        for (var part = 2; part <= 13; part++)   // of 9 + 3 + 1
        {
            using var cancellation = new CancellationTokenSource();
            var done = 0;
            Searches.Of(Options with
            {
                CancellationToken = cancellation.Token,
                Progress = _ => Cancel(cancellation, ++done == part),
            }).Run(Searches.Data);
        }

        var result = Searches.Of(Options).Run(Searches.Data);

        Searches.Table(result).Should().Equal(Searches.Table(expected));
        Toy.PayloadOf(result.Model, Searches.Data).Should().Equal(Toy.PayloadOf(expected.Model, Searches.Data));

        static void Cancel(CancellationTokenSource source, bool now)
        {
            if (now)
                source.Cancel();
        }
    }

    [Fact]
    public void Run_SharedByRanks_EndsInTheTableAndModelOfOneAlone()
    {
        var expected = Searches.Of(Searches.Options()).Run(Searches.Data);
        var trained = new int[3];

        var results = Ranked.Run(3, ranks => Searches.Of(
            Options with { Ranks = ranks, Progress = report => trained[ranks.Rank]++ }).Run(Searches.Data));

        foreach (var result in results)
        {
            Searches.Table(result).Should().Equal(Searches.Table(expected));
            Toy.PayloadOf(result.Model, Searches.Data).Should().Equal(Toy.PayloadOf(expected.Model, Searches.Data));
        }

        trained.Should().Equal(9 + 3 + 1, 0, 0);   // rank 0 tells of all
    }

    [Fact]
    public void Run_OneRankIsCancelled_EndsAllWithWhatIsDone()
    {
        using var cancellation = new CancellationTokenSource();
        var done = 0;

        var results = Ranked.Run(2, ranks => Searches.Of(
            Options with
            {
                Ranks = ranks,
                CancellationToken = ranks.Rank == 0 ? cancellation.Token : default,
                Progress = _ => CancelAt(3),
            }).Run(Searches.Data));

        results[0].Trials.Should().HaveCountGreaterThanOrEqualTo(3);
        results.Select(Searches.Table).Should().AllSatisfy(table => table.Should().Equal(Searches.Table(results[0])));

        void CancelAt(int count)
        {
            if (++done == count)
                cancellation.Cancel();
        }
    }

    [Fact]
    public void Run_RanksWithAnotherSeedOrWithoutAFolder_AreRefusedByName()
    {
        var differ = () => ThreadRanks.Run(2, ranks => Searches.Of(Options with { Ranks = ranks, Seed = ranks.Rank }).Run(Searches.Data));
        var alone = () => ThreadRanks.Run(2, ranks => Searches.Of(Options with { Ranks = ranks, Folder = null }));
        var twice = () => ThreadRanks.Run(2, ranks => Searches.Of(Options, trial => Searches.Space(trial) with { Ranks = ranks }));

        differ.Should().Throw<InvalidOperationException>().WithMessage("*Seed is 0 on rank 0 and 1 on rank 1*");
        alone.Should().Throw<ArgumentException>().WithMessage("*Set Folder*");
        twice.Should().Throw<ArgumentException>().WithMessage("*options of a trial set Ranks*set that of NeuralNetworkSearchOptions*");
    }

    [Fact]
    public void Run_MoreTrials_KeepsThoseThereAre()
    {
        var few = Options with { Method = SearchMethod.SuccessiveHalving(trials: 4, factor: 2, rungs: 2) };
        var more = Options with { Method = SearchMethod.SuccessiveHalving(trials: 8, factor: 2, rungs: 2) };
        Searches.Of(few).Run(Searches.Data);
        var trained = new HashSet<int>();

        var result = Searches.Of(more, trial => Searches.Space(trial) with { Progress = report => Add(trained, trial, report) })
            .Run(Searches.Data);

        trained.Should().BeEquivalentTo([4, 5, 6, 7], "the first part of the others is there");
        Searches.Table(result).Should().Equal(Searches.Table(Searches.Of(more with { Folder = null }).Run(Searches.Data)));

        static void Add(HashSet<int> trained, SearchTrial trial, EpochReport report)
        {
            if (report.Epoch == 1)
                trained.Add(trial.Number);
        }
    }

    [Fact]
    public void RunTrial_EachOnItsOwn_MakesTheSearch()
    {
        var options = Options with { Method = SearchMethod.Random(3) };
        for (var trial = 2; trial >= 0; trial--)
            Searches.Of(options).RunTrial(Searches.Data, trial).Should().Match<TrialReport>(
                report => report.Number == trial && report.Outcome == TrialOutcome.Completed);
        var epochs = 0;

        var collected = Searches.Of(options, trial => Searches.Space(trial) with { Progress = _ => epochs++ }).Run(Searches.Data);

        epochs.Should().Be(0);
        var expected = Searches.Of(options with { Folder = null }).Run(Searches.Data);
        Searches.Table(collected).Should().Equal(Searches.Table(expected));
        Toy.PayloadOf(collected.Model, Searches.Data).Should().Equal(Toy.PayloadOf(expected.Model, Searches.Data));
    }

    [Fact]
    public void RunTrial_SuccessiveHalving_GoesOnOnceTheOthersHaveTheirPart()
    {
        var options = Options with { Method = SearchMethod.SuccessiveHalving(trials: 3, factor: 3, rungs: 2) };
        TrialReport Run(int trial) => Searches.Of(options).RunTrial(Searches.Data, trial);

        Run(0).Epochs.Should().Be(3);
        Run(0).Epochs.Should().Be(3, "it cannot know whether it is among the best");
        Run(1).Epochs.Should().Be(3);
        var reports = new[] { Run(2), Run(1), Run(0) };   // the last one makes the part whole

        reports.Should().ContainSingle(report => report.Epochs == 9).Which.Outcome.Should().Be(TrialOutcome.Completed);
        Searches.Table(Searches.Of(options).Run(Searches.Data)).Should()
            .Equal(Searches.Table(Searches.Of(options with { Folder = null }).Run(Searches.Data)));
    }

    [Fact]
    public void RunTrial_ADivergedTraining_IsNoException()
    {
        var options = Options with { Method = SearchMethod.Random(1) };

        var report = Searches.Of(options, _ => Toy.Quick with { Optimizer = new Sgd { LearningRate = 1e30f } })
            .RunTrial(Searches.Data, 0);

        report.Outcome.Should().Be(TrialOutcome.Failed);
        report.Failure.Should().Contain("The loss became");
    }

    [Fact]
    public void RunTrial_NoFolderOrNoSuchTrial_IsRefused()
    {
        Searches.Of(Searches.Options()).Invoking(search => search.RunTrial(Searches.Data, 0))
            .Should().Throw<InvalidOperationException>().WithMessage("*option Folder*");
        Searches.Of(Options).Invoking(search => search.RunTrial(Searches.Data, 9))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*trials 0 to 8*");
    }

    public static TheoryData<string, Func<NeuralNetworkSearchOptions, NeuralNetworkSearchOptions>, Func<SearchTrial, NeuralNetworkOptions>>
        Others => new()
        {
            { "Seed is 5 there and 6 here", options => options with { Seed = 6 }, Searches.Space },
            { "Metric is MicroAccuracy there and LogLoss here", options => options with { Metric = "LogLoss" }, Searches.Space },
            { "Folds is none there and 2 here", options => options with { Folds = 2 }, Searches.Space },
            { "ValidationFraction is none there and 0.3 here", options => options with { ValidationFraction = 0.3f }, Searches.Space },
            {
                "Method is SuccessiveHalving there and Random here",
                options => options with { Method = SearchMethod.Random(2) }, Searches.Space
            },
            {
                "Method.Rungs is 3 there and 2 here",
                options => options with { Method = SearchMethod.SuccessiveHalving(factor: 3, rungs: 2) }, Searches.Space
            },
            {
                "depth is none there and 2 here", options => options,
                trial => Searches.Space(trial) with { BatchSize = 16 * trial.Choose("depth", 2) }
            },
            { "Epochs is 9 there and 8 here", options => options, trial => Searches.Space(trial) with { Epochs = 8 } },
            { "Optimizer.Beta1 is 0.9 there and 0.8 here", options => options, WithBeta },
            {
                "Network[0].Units is 8 there and 99 here", options => options,
                trial => Searches.Space(trial) with { Network = net => net.Dense(99).Relu() }
            },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public void Run_TheFolderOfAnotherSearch_IsRefusedByName(
        string message, Func<NeuralNetworkSearchOptions, NeuralNetworkSearchOptions> change, Func<SearchTrial, NeuralNetworkOptions> space)
    {
        Searches.Of(Options).RunTrial(Searches.Data, 0);

        Searches.Of(change(Options), space).Invoking(search => search.Run(Searches.Data)).Should().Throw<ArgumentException>()
            .WithMessage($"*is that of another search: of trial 0, *{message}*Folder.");
    }

    [Fact]
    public void Run_OtherRows_AreRefused()
    {
        Searches.Of(Options).RunTrial(Searches.Data, 0);

        Searches.Of(Options).Invoking(search => search.Run(Toy.Keyed(Toy.Examples(rows: 100)))).Should().Throw<ArgumentException>()
            .WithMessage("*number of training rows is*");
    }

    [Fact]
    public void Run_ADamagedFile_IsNamed()
    {
        Searches.Of(Options).RunTrial(Searches.Data, 0);
        var path = Path.Combine(Options.Folder!, "trial-0000.json");
        foreach (var text in new[] { File.ReadAllText(path)[..40], "null", "{}" })
        {
            File.WriteAllText(path, text);

            Searches.Of(Options).Invoking(search => search.Run(Searches.Data)).Should().Throw<ArgumentException>()
                .WithMessage("*trial-0000.json' is damaged*Delete it*");
        }
    }

    [Fact]
    public void Run_AFolderThatCannotBe_IsNamed()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");

        Searches.Of(Options with { Folder = file }).Invoking(search => search.Run(Searches.Data)).Should().Throw<ArgumentException>()
            .WithMessage("The option Folder cannot be*");
    }

    [Fact]
    public void Folder_AfterASearch_HasTrialsAsFiles()
    {
        var result = Searches.Of(Options).Run(Searches.Data);

        var names = Directory.GetFiles(Options.Folder!).Select(path => Path.GetFileName(path)!).Order().ToArray();
        names.Where(name => !name.EndsWith(".checkpoint")).Should().BeEquivalentTo(
        [
            .. Enumerable.Range(0, 9).SelectMany(i => new[] { $"trial-000{i}.json", $"trial-000{i}.zip" }), "trials.csv",
        ]);
        names.Count(name => name.EndsWith(".checkpoint")).Should().Be(8, "the trials that were stopped could go on");
        File.ReadAllLines(Path.Combine(Options.Folder!, "trials.csv")).Should().HaveCount(10);
        using var best = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Options.Folder!, $"trial-{result.Best.Number:D4}.json")));
        var root = best.RootElement;
        root.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("epochs").GetInt32()).Should().Equal(1, 3, 9);
        root.GetProperty("parts")[2].GetProperty("metric").GetDouble().Should().Be(result.Best.Metric);
        root.GetProperty("seed").GetInt32().Should().Be(result.Best.Options.Seed);
        root.GetProperty("values").GetProperty("width").GetString().Should().Be($"{result.Best.Values["width"]}");
        root.GetProperty("versions").EnumerateObject().Should().HaveCount(3);
    }

    private static NeuralNetworkOptions WithBeta(SearchTrial trial)
    {
        var options = Searches.Space(trial);
        return options with { Optimizer = (Adam)options.Optimizer! with { Beta1 = 0.8f } };
    }
}
