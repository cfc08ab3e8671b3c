using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>The option Ranks of the trainers.</summary>
public sealed class RanksTests : IDisposable
{
    private static readonly Example<string>[] Rows = Toy.Examples(rows: 240);

    private static readonly NeuralNetworkOptions Options = Toy.Quick with { BatchSize = 48, Epochs = 5, ValidationFraction = 0.2f };

    private readonly string folder = Directory.CreateTempSubdirectory("ranks-").FullName;

    public static TheoryData<string> Workloads => [.. RankWorkloads.Names];

    public static TheoryData<string> Tasks => ["multiclass", "binary", "regression", "poisson"];

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Workloads))]
    public void Fit_AnyNumberOfRanks_GivesAllTheSameModelEveryTime(string workload)
    {
        var checksums = new HashSet<string>();
        foreach (var count in (int[])[1, 2, 4, 8])
        {
            var first = Ranked.Run(count, ranks => RankWorkloads.ChecksumOf(workload, ranks));
            var second = Ranked.Run(count, ranks => RankWorkloads.ChecksumOf(workload, ranks));

            first.Concat(second).Should().OnlyContain(checksum => checksum == first[0], "{0} ranks train one model", count);
            checksums.Add(first[0]);
        }

        checksums.Should().HaveCount(4);   // dropout and order of the rows go by the number of ranks
    }

    [Fact]
    public void Fit_OneRank_IsFitAlone()
    {
        var data = Toy.Keyed(Rows);

        Ranked.Run(1, ranks => WithoutTimes(Fit(Options, data, ranks)))[0].Should().Be(WithoutTimes(Toy.Trainer(Options).Fit(data)));
    }

    // One batch an epoch, so that the rows of a step are the same; everything that is measured on the rows before is in it.
    [Theory]
    [MemberData(nameof(Tasks))]
    public void Fit_SeveralRanksWithWholeBatches_GivesTheModelOfOneProcess(string task)
    {
        var rows = Enumerable.Range(0, 240).Select(i => MeasuredRow.Of(i)).ToArray();
        var whole = Fit(task, rows, null);

        foreach (var count in (int[])[2, 4])
        {
            var models = Ranked.Run(count, ranks => Fit(task, [.. rows.Where((_, i) => i % count == ranks.Rank)], ranks));

            models.Select(RankWorkloads.ChecksumOf).Distinct().Should().ContainSingle();
            var (values, expected) = (ValuesOf(models[0]), ValuesOf(whole));
            var difference = Norm(values.Zip(expected, (value, other) => value - other)) / Norm(expected);
            difference.Should().BeLessThan(1e-5);   // rounding, 20 steps later
        }
    }

    [Fact]
    public void Fit_BatchSizeAndSeedLeftOpen_AreSettledForAll()
    {
        var options = Options with { BatchSize = null, Seed = null, Epochs = 1 };

        var models = Ranked.Run(3, ranks => new MLContext().MulticlassClassification.Trainers
            .NeuralNetwork(options with { Ranks = ranks }).Fit(PartOf(Rows, ranks)).Model);

        models.Select(model => RankWorkloads.ChecksumOf(model.Network)).Distinct().Should().ContainSingle();
    }

    [Fact]
    public void Fit_SeveralRanks_ReportsAndWritesOnRankZeroAlone()
    {
        var reported = new int[3];
        Ranked.Run(3, ranks => Fit(
            Options with
            {
                Progress = _ => reported[ranks.Rank]++,
                BatchProgress = _ => reported[ranks.Rank]++,
                BatchProgressEvery = 2,
                Checkpoint = new CheckpointOptions(FilePath),
            },
            PartOf(Rows, ranks), ranks));

        reported[0].Should().BeGreaterThan(5);
        reported[1..].Should().Equal(0, 0);
        File.Exists(FilePath).Should().BeTrue();
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("convolutional")]
    public void Fit_ResumedInTheMiddleOfAnEpoch_GivesTheModelOfTheUninterruptedRun(string workload)
    {
        var expected = Ranked.Run(2, ranks => RankWorkloads.ChecksumOf(workload, ranks))[0];
        var steps = 0;
        using var source = new CancellationTokenSource();
        Ranked.Run(2, ranks => RankWorkloads.Fit(workload, ranks, options => options with
        {
            Checkpoint = new CheckpointOptions(FilePath) { EverySteps = 4 },
            CancellationToken = ranks.Rank == 0 ? source.Token : default,
            BatchProgressEvery = 1,
            BatchProgress = _ => CancelAt(9),
        }));

        var resumed = Ranked.Run(2, ranks => RankWorkloads.Fit(workload, ranks, options => options with { ResumeFrom = FilePath }));

        resumed.Should().OnlyContain(model => RankWorkloads.ChecksumOf(model.Model.Network) == expected);
        Ranked.Failure(1, ranks => RankWorkloads.Fit(workload, ranks, options => options with { ResumeFrom = FilePath }))
            .Should().BeOfType<ArgumentException>()
            .Which.Message.Should().StartWith("The checkpoint was trained by 2 ranks, now there are 1.");

        void CancelAt(int step)
        {
            if (++steps == step)
                source.Cancel();
        }
    }

    // Streamed rows ask for cancellation row by row; one rank must not leave the others in the middle of a step.
    [Fact]
    public void Fit_OneRankIsCancelledWhileRowsStream_EndsAllWithTheSameModel()
    {
        using var source = new CancellationTokenSource();
        var models = Ranked.Run(3, ranks => Fit(
            Options with
            {
                Epochs = 10_000,
                MemoryBudget = 400,
                CancellationToken = ranks.Rank == 0 ? source.Token : default,
                Progress = Cancel,
            },
            PartOf(Rows, ranks), ranks).Model);

        models.Should().OnlyContain(model => model.StopReason == StopReason.Cancelled && model.History.Count == models[0].History.Count);
        models.Select(model => RankWorkloads.ChecksumOf(model.Network)).Distinct().Should().ContainSingle();

        void Cancel(EpochReport report)
        {
            if (report.Epoch == 2)
                source.CancelAfter(1);
        }
    }

    // Of the sparse rows of a rank the other one has other columns; those that none has start at 0.
    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void Fit_RowsThatAreSparseOnAllOrSomeRanks_TrainOneModel(int sparseRanks)
    {
        var models = Ranked.Run(2, ranks =>
        {
            var rows = Enumerable.Range(60 * ranks.Rank, 60).Select(i => WideRow.Of(i, isSparse: ranks.Rank < sparseRanks)).ToArray();
            var options = Options with
            {
                Network = net => net.Dense(4),
                LabelColumnName = nameof(WideRow.IsOne),
                ValidationFraction = 0,
                Ranks = ranks,
            };
            return Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options).Fit(Toy.ML.Data.LoadFromEnumerable(rows)).Model.Network;
        });

        models.Select(RankWorkloads.ChecksumOf).Distinct().Should().ContainSingle();
        var weights = models[0].Parameters["dense1.weight"].Values.ToArray();
        weights.Chunk(4).Count(ofColumn => ofColumn.All(weight => weight == 0)).Should().Be(sparseRanks == 2 ? 300 - 120 : 0);
    }

    // Mapped together, so that all ranks have the same keys.
    private static IDataView PartOf(Example<string>[] rows, Ranks ranks)
    {
        var part = Toy.View(rows.Where((_, i) => i / 3 % ranks.Count == ranks.Rank).ToArray());
        return Toy.ML.Transforms.Conversion.MapValueToKey("Label").Fit(Toy.View(rows)).Transform(part);
    }

    private static NeuralNetworkPredictionTransformer Fit(NeuralNetworkOptions options, IDataView data, Ranks ranks) =>
        Toy.Trainer(options with { Ranks = ranks }).Fit(data);

    private static string WithoutTimes(NeuralNetworkPredictionTransformer model)
    {
        var losses = model.Model.History.Select(epoch => (epoch.TrainingLoss, epoch.ValidationLoss));
        return $"{RankWorkloads.ChecksumOf(model.Model.Network)} {string.Join(' ', losses)}";
    }

    private static Network Fit(string task, MeasuredRow[] rows, Ranks? ranks)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(rows);
        var options = new NeuralNetworkOptions
        {
            LabelColumnName = task switch
            {
                "multiclass" => nameof(MeasuredRow.Key),
                "binary" => nameof(MeasuredRow.Yes),
                _ => nameof(MeasuredRow.Number),
            },
            ExampleWeightColumnName = nameof(MeasuredRow.Weight),
            Network = NeuralNetworks.Tabular([12, 12]),
            Optimizer = new Sgd { LearningRate = 0.05f, Momentum = 0.9f },   // Adam makes steps of rounding where gradients are hardly any
            ClassWeights = task is "multiclass" or "binary" ? ClassWeights.Balanced : null,
            RegressionLoss = task == "poisson" ? RegressionLoss.Poisson : RegressionLoss.Squared,
            BatchSize = 240,
            Epochs = 20,
            Seed = 1,
            Ranks = ranks,
        };
        return task switch
        {
            "multiclass" => ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(data).Model.Network,
            "binary" => ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data).Model.Network,
            _ => ml.Regression.Trainers.NeuralNetwork(options).Fit(data).Model.Network,
        };
    }

    private static double[] ValuesOf(Network network) =>
    [
        .. network.Parameters.SelectMany(parameter => parameter.Values.ToArray()).Select(value => (double)value),
        .. network.BatchNormLayers.SelectMany(norm => norm.RunningMean.Concat(norm.RunningVariance)).Select(value => (double)value),
    ];

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
}
