using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("checkpoint").FullName;
    private readonly RowSource training;
    private readonly RowSource validation;

    public CheckpointTests() => (training, validation) = Some.Clusters(150, 5, 3, seed: 2).Split(0.3f, seed: 1);

    public static TheoryData<Optimizer> Optimizers =>
        [new Sgd { Momentum = 0.9f }, new Adagrad(), new RmsProp { Centered = true }, new Adam(), new AdamW()];

    private string FilePath => Path.Combine(folder, "training.ckpt");

    private TrainingSettings Settings => new()
    {
        Epochs = 9,
        BatchSize = 16,
        Seed = 3,
        Optimizer = new Adam { LearningRate = 0.01f },
        Schedule = new PlateauSchedule { Patience = 0, Decay = 0.5f }.WithWarmUp(5),
        EarlyStopping = new EarlyStopping { Patience = 8 },
        SaveCheckpoint = checkpoint => CheckpointFile.Write(FilePath, checkpoint),
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Resume_AfterCancellation_EqualsTheUninterruptedRun(Optimizer optimizer)
    {
        var settings = Settings with { Optimizer = optimizer };
        var uninterrupted = Some.SmallNetwork();
        var expected = Loop(uninterrupted, settings).Run(training, validation);

        using var source = new CancellationTokenSource();
        var step = 0;
        var interrupted = settings with
        {
            IsCancelled = () => source.IsCancellationRequested,
            BatchReportEvery = 1,
            BatchDone = _ => CancelAt(++step, 31),   // of 7 an epoch: in the fifth
        };
        Loop(Some.SmallNetwork(), interrupted).Run(training, validation).StopReason.Should().Be(StopReason.Cancelled);

        var checkpoint = CheckpointFile.Read(FilePath);
        checkpoint.State.Epochs.Count.Should().Be(4);
        var result = TrainingLoop.Resume(checkpoint, new SoftmaxCrossEntropy(), settings).Run(training, validation);

        Saved.Bytes(checkpoint.Network).Should().Equal(Saved.Bytes(uninterrupted));
        result.BestEpoch.Should().Be(expected.BestEpoch);
        result.History.Select(Figures).Should().Equal(expected.History.Select(Figures));
        result.History.Select(report => report.Elapsed).Should().BeInAscendingOrder();

        void CancelAt(int current, int last)
        {
            if (current == last)
                source.Cancel();
        }
    }

    // The schedule goes by the training loss: that of the epoch must be the same to the last bit.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Resume_InTheMiddleOfAnEpoch_EqualsTheUninterruptedRun(int count)
    {
        var expected = Ranked.Run(count, ranks => Run(ranks, stopAt: null));

        Ranked.Run(count, ranks => Run(ranks, stopAt: 27)).Should().OnlyContain(run => run.Result.StopReason == StopReason.Cancelled);
        var written = CheckpointFile.Read(FilePath);
        (written.State.Steps, written.State.Epochs.Count, written.State.Unfinished!.Steps, written.TrainingRows.Count)
            .Should().Be((25, 3, 4, count));
        var resumed = Ranked.Run(count, ranks =>
        {
            var checkpoint = CheckpointFile.Read(FilePath);
            var result = TrainingLoop.Resume(checkpoint, new SoftmaxCrossEntropy(), SettingsOf(ranks, null)).Run(training);
            return (Result: result, Bytes: Saved.Bytes(checkpoint.Network));
        });

        foreach (var (result, bytes) in resumed)
        {
            bytes.Should().Equal(expected[0].Bytes);
            result.History.Select(Figures).Should().Equal(expected[0].Result.History.Select(Figures));
        }

        (TrainingResult Result, byte[] Bytes) Run(Ranks ranks, int? stopAt)
        {
            var network = Some.SmallNetwork();
            var result = Loop(network, SettingsOf(ranks, stopAt)).Run(training);
            return (result, Saved.Bytes(network));
        }

        // 105 rows on each rank: seven steps an epoch.
        TrainingSettings SettingsOf(Ranks ranks, int? stopAt)
        {
            var asked = 0;
            return Settings with
            {
                BatchSize = 16 * count,
                EarlyStopping = null,
                Ranks = ranks,
                CheckpointEvery = 100,
                CheckpointEverySteps = 5,
                IsCancelled = () => ++asked == stopAt,
                SaveCheckpoint = ranks.Rank == 0 ? Settings.SaveCheckpoint : null,
            };
        }
    }

    [Fact]
    public void Resume_OtherRowsOrLossInTheMiddleOfAnEpoch_IsRefused()
    {
        var settings = Settings with { Epochs = 1, CheckpointEvery = 100, CheckpointEverySteps = 5, EarlyStopping = null };
        Loop(Some.SmallNetwork(), settings with
        {
            SaveCheckpoint = checkpoint =>
            {
                if (checkpoint.State.Unfinished is not null)
                    CheckpointFile.Write(FilePath, checkpoint);
            },
        }).Run(training);
        var resume = () => TrainingLoop.Resume(CheckpointFile.Read(FilePath), new SquaredError(), settings).Run(training);

        resume.Should().Throw<ArgumentException>().WithMessage("*after 5 steps of an epoch of other rows or another loss.*");
    }

    [Fact]
    public void Resume_AnotherNumberOfRanks_IsRefused()
    {
        Loop(Some.SmallNetwork(), Settings with { Epochs = 1, EarlyStopping = null }).Run(training);
        var resume = () => ThreadRanks.Run(2, ranks =>
            TrainingLoop.Resume(CheckpointFile.Read(FilePath), new SoftmaxCrossEntropy(), Settings with { Ranks = ranks }));

        resume.Should().Throw<ArgumentException>().WithMessage("The checkpoint was trained by 1 ranks, now there are 2.*");
    }

    [Fact]
    public void Run_EveryFewSteps_WritesAtTheEndOfAnEpochOnlyOnce()
    {
        var written = new List<(long, int, int?)>();
        var settings = Settings with
        {
            Epochs = 3,
            EarlyStopping = null,
            CheckpointEvery = 2,
            CheckpointEverySteps = 3,
            SaveCheckpoint = saved => written.Add((saved.State.Steps, saved.State.Epochs.Count, saved.State.Unfinished?.Steps)),
        };

        Loop(Some.SmallNetwork(), settings with { BatchSize = 18 }).Run(training);   // six steps an epoch

        written.Should().Equal((3, 0, 3), (6, 1, null), (9, 1, 3), (12, 2, null), (15, 2, 3), (18, 3, null));
    }

    [Fact]
    public void Run_StoppedAfterAnEpochAndResumed_EqualsTheUninterruptedRun()
    {
        var settings = Settings with { Schedule = new OneCycleSchedule(), EarlyStopping = null, CheckpointEvery = 100 };
        var uninterrupted = Some.SmallNetwork();
        Loop(uninterrupted, settings).Run(training, validation);
        var warnings = new List<string>();

        var stopped = Loop(Some.SmallNetwork(), settings with { StopAfterEpoch = 2, Warning = warnings.Add }).Run(training, validation);
        var checkpoint = CheckpointFile.Read(FilePath);
        TrainingLoop.Resume(checkpoint, new SoftmaxCrossEntropy(), settings with { StopAfterEpoch = 12 }).Run(training, validation);

        (stopped.History.Count, stopped.History[^1].Epochs).Should().Be((2, 9));
        warnings.Should().BeEmpty("that it has not converged is by intention");
        Saved.Bytes(checkpoint.Network).Should().Equal(Saved.Bytes(uninterrupted));
    }

    [Fact]
    public void Resume_TheBestEpochWasBefore_GivesItsWeights()
    {
        var settings = Settings with { Epochs = 5 };
        var mislabelled = validation.WithTargets(target => (target + 1) % 3);   // the more is learned, the worse
        Loop(Some.SmallNetwork(), settings).Run(training, mislabelled);
        var checkpoint = CheckpointFile.Read(FilePath);

        // Nothing is left to train, so that the best weights can only come from the file.
        var result = TrainingLoop.Resume(checkpoint, new SoftmaxCrossEntropy(), settings).Run(training, mislabelled);

        result.History.Should().HaveCount(5);
        result.BestEpoch.Should().Be(1);
        Saved.Bytes(checkpoint.Network).Should().Equal(Saved.Bytes(checkpoint.State.Best!.Network));
    }

    [Fact]
    public void Run_EveryThreeEpochs_WritesThoseAndTheLast()
    {
        var written = new List<int>();
        var settings = Settings with
        {
            Epochs = 8,
            CheckpointEvery = 3,
            EpochDone = report =>
            {
                if (!File.Exists(FilePath))
                    return;
                written.Add(CheckpointFile.Read(FilePath).State.Epochs.Count);
                File.Delete(FilePath);
            },
        };

        Loop(Some.SmallNetwork(), settings).Run(training, validation);

        written.Should().Equal(3, 6, 8);
        Directory.EnumerateFiles(folder).Should().BeEmpty();   // nothing unfinished either
    }

    [Fact]
    public void Resume_OtherSeedBatchSizeRowsOrOptimizer_IsRefused()
    {
        Loop(Some.SmallNetwork(), Settings with { Epochs = 1 }).Run(training, validation);
        var checkpoint = CheckpointFile.Read(FilePath);
        Func<object> Resume(TrainingSettings settings, RowSource rows) => () =>
            TrainingLoop.Resume(checkpoint, new SoftmaxCrossEntropy(), settings).Run(rows, validation);

        Resume(Settings with { Seed = 4 }, training).Should().Throw<ArgumentException>().WithMessage("*with seed 3, the settings have 4*");
        Resume(Settings with { BatchSize = 8 }, training).Should().Throw<ArgumentException>().WithMessage("*batch size 16, * have 8*");
        Resume(Settings, validation).Should().Throw<ArgumentException>().WithMessage("*trained on 105 rows, these are 45.*");
        Resume(Settings with { Optimizer = new Sgd() }, training).Should().Throw<ArgumentException>().WithMessage("*of Adam*not fit Sgd*");
    }

    [Fact]
    public void Read_Damaged_SaysWhat()
    {
        Loop(Some.SmallNetwork(), Settings with { Epochs = 1 }).Run(training, validation);
        var bytes = File.ReadAllBytes(FilePath);
        bytes[^100] ^= 1;
        File.WriteAllBytes(FilePath, bytes);
        var read = () => CheckpointFile.Read(FilePath);

        read.Should().Throw<ModelFormatException>().WithMessage("Cannot read the saved checkpoint: its checksum is wrong*");
    }

    private static (double, double, double?, double?, float) Figures(EpochReport report) =>
        (report.TrainingLoss, report.TrainingMetric, report.ValidationLoss, report.ValidationMetric, report.LearningRate);

    private static TrainingLoop Loop(Network network, TrainingSettings settings) => new(network, new SoftmaxCrossEntropy(), settings);
}
