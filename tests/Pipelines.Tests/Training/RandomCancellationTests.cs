using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;
using Xunit.Abstractions;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>
/// Cancelled at points drawn at random: at a row of any pass, in validation and for precise statistics too, or in a callback.
/// </summary>
public sealed class RandomCancellationTests(ITestOutputHelper output) : IDisposable
{
    private static readonly int Seed = Setting("CANCELLATION_SEED", 1);
    private static readonly int Cancellations = Setting("CANCELLATIONS", 12);

    private static readonly NeuralNetworkOptions Options = Formula.Quick with
    {
        Network = net => net.Dense(8).BatchNorm().Relu().Dropout(0.2f),
        PreciseStatisticsRows = 100,
        Epochs = 4,
        BatchProgressEvery = 1,
        NumberOfThreads = 1,
    };

    private static readonly IDataView Data = Formula.View(Formula.Numbers(rows: 150));
    private static readonly IDataView Validation = Formula.View(Formula.Numbers(rows: 40, seed: 8));

    private readonly string folder = Directory.CreateTempSubdirectory("cancellation-").FullName;

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Other points by CANCELLATION_SEED, more of them by CANCELLATIONS.
    [Theory]
    [InlineData("in memory", 1L << 30, 0.2f)]
    [InlineData("in memory, validation data", 1L << 30, 0f)]
    [InlineData("streamed", 500, 0.2f)]
    [InlineData("streamed, validation data", 500, 0f)]
    public void Fit_CancelledAtAnyPointAndResumed_EndsWithTheSameModel(string what, long memoryBudget, float validationFraction)
    {
        output.WriteLine($"{what}: CANCELLATION_SEED {Seed}");
        var options = Options with { MemoryBudget = memoryBudget, ValidationFraction = validationFraction };
        var random = new Random(Seed);
        using var counted = new Points();
        var whole = Payload(Fit(options, counted));

        for (var i = 0; i < Cancellations; i++)
        {
            var kind = random.GetItems(counted.Kinds, 1)[0];
            using var point = new Points(kind, random.Next(1, counted[kind] + 1));
            var threads = BlockRunner.Threads;
            File.Delete(FilePath);

            var model = FitOrCancelled(options with { Checkpoint = new CheckpointOptions(FilePath) }, point);

            if (model is null)
                point["batch"].Should().Be(0, $"there is no model, cancelled at {point}");
            else if (model.Model.StopReason == StopReason.Completed)
                Payload(model).Should().Equal(whole, $"it is whole, cancelled at {point}");
            else
                model.Model.StopReason.Should().Be(StopReason.Cancelled, $"of {point}");
            point.IsCancelled.Should().BeTrue();
            BlockRunner.Threads.Should().Be(threads);
            Directory.GetFiles(folder).Should().BeSubsetOf([FilePath]);
            var resumed = File.Exists(FilePath) ? options with { ResumeFrom = FilePath } : options;
            using var none = new Points();
            Payload(Fit(resumed, none)).Should().Equal(whole, $"resumed after {point}");
        }
    }

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(500)]
    public void Fit_CancelledBehindTheLastEpoch_KeepsTheModelWithItsRunningAverages(long memoryBudget)
    {
        var options = Options with { MemoryBudget = memoryBudget };
        using var last = new Points("epoch", Options.Epochs!.Value);
        using var none = new Points();

        var cancelled = Fit(options, last).Model;

        cancelled.StopReason.Should().Be(StopReason.Cancelled);
        cancelled.History.Should().HaveCount(4);
        var averages = Fit(options with { PreciseStatisticsRows = null }, none).Model.BatchNormLayers;
        cancelled.BatchNormLayers.Should().BeEquivalentTo(averages, compared => compared.WithStrictOrdering());
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given) ? given : usual;

    private static NeuralNetworkPredictionTransformer? FitOrCancelled(NeuralNetworkOptions options, Points points)
    {
        try
        {
            return Fit(options, points);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static NeuralNetworkPredictionTransformer Fit(NeuralNetworkOptions options, Points points)
    {
        var network = options.Network!;
        var spy = new DataViewSpy(Validation) { BeforeRow = () => points.Pass("validation row") };
        return Toy.ML.Regression.Trainers.NeuralNetwork(options with
        {
            ValidationData = options.ValidationFraction == 0 ? spy : null,
            CancellationToken = points.Token,
            Network = net =>
            {
                points.Pass("network");
                return network(net);
            },
            Progress = _ => points.Pass("epoch"),
            BatchProgress = _ => points.Pass("batch"),
        }).Fit(new DataViewSpy(Data) { BeforeRow = () => points.Pass("row") });
    }

    private static byte[] Payload(NeuralNetworkPredictionTransformer model) => Toy.PayloadOf(model, Data);

    /// <summary>Counts what happens, by kind, and cancels when one of them happens for the n-th time.</summary>
    private sealed class Points(string? kind = null, int n = 0) : IDisposable
    {
        private readonly Dictionary<string, int> counts = [];
        private readonly CancellationTokenSource source = new();

        public CancellationToken Token => source.Token;

        public bool IsCancelled => source.IsCancellationRequested;

        public string[] Kinds => [.. counts.Keys.Order()];

        public int this[string of] => counts.GetValueOrDefault(of);

        public void Pass(string passed)
        {
            counts[passed] = this[passed] + 1;
            if (passed == kind && counts[passed] == n)
                source.Cancel();
        }

        public void Dispose() => source.Dispose();

        public override string ToString() => $"{kind} {n}";
    }
}
