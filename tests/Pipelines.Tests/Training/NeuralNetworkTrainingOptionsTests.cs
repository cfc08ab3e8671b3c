using System.Reflection;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>How training runs and ends, and what the model tells of it.</summary>
public class NeuralNetworkTrainingOptionsTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    // Points that no network can tell apart, so that what it learns of the training rows is of no use for others.
    private static readonly IDataView Noise = KeyedExample.View([.. NoisyRows(60, seed: 7)]);

    private static readonly NeuralNetworkOptions Overfits = Toy.Quick with
    {
        Network = net => net.Dense(32).BatchNorm().Relu(),
        ValidationData = KeyedExample.View([.. NoisyRows(30, seed: 8)]),
        Epochs = 100,
    };

    [Fact]
    public void Fit_EarlyStopping_EndsWithTheWeightsOfTheBestEpoch()
    {
        var stopped = Toy.Trainer(Overfits with { EarlyStopping = new EarlyStopping { Patience = 4 } }).Fit(Noise).Model;

        stopped.StopReason.Should().Be(StopReason.EarlyStopping);
        var best = stopped.History.MinBy(epoch => epoch.ValidationLoss)!;
        stopped.BestEpoch.Should().Be(best.Epoch);
        stopped.History.Count.Should().Be(best.Epoch + 4).And.BeLessThan(100);
        var upToThere = Toy.Trainer(Overfits with { Epochs = best.Epoch }).Fit(Noise).Model;
        Predictions(stopped).Should().Equal(Predictions(upToThere));
        Predictions(stopped).Should().NotEqual(Predictions(Toy.Trainer(Overfits with { Epochs = stopped.History.Count }).Fit(Noise).Model));
    }

    [Fact]
    public void Fit_StoppedEarly_KeepsHistoryAndReasonInTheZip()
    {
        var model = Toy.Trainer(Overfits with { EarlyStopping = new EarlyStopping { Patience = 2 } }).Fit(Noise);

        var loaded = ((NeuralNetworkPredictionTransformer)ModelZip.Load(ModelZip.Save(model, Noise.Schema))).Model;

        loaded.StopReason.Should().Be(StopReason.EarlyStopping);
        loaded.BestEpoch.Should().Be(model.Model.BestEpoch).And.NotBeNull();
        loaded.History.Should().Equal(model.Model.History.Select(epoch => epoch with { RowsPerSecond = 0, Elapsed = TimeSpan.Zero }));
    }

    [Fact]
    public void Fit_NumberOfThreads_HoldsWhileTrainingAndChangesNoBit()
    {
        var threads = new List<int>();
        byte[] Payload(int? number) => Toy.PayloadOf(
            Toy.Trainer(Toy.Quick with { NumberOfThreads = number, Progress = _ => threads.Add(BlockRunner.Threads) }).Fit(Data), Data);
        var outside = BlockRunner.Threads;

        Payload(1).Should().Equal(Payload(2));

        threads.Distinct().Should().Equal(1, Math.Min(2, NumericsThreads.Max));
        Payload(null);
        threads[^1].Should().Be(NumericsThreads.Max);
        BlockRunner.Threads.Should().Be(outside);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fit_InsideALimitOfTheCaller_GivesItBack(bool throws)
    {
        using var limit = BlockRunner.Limit(1);
        var options = Toy.Quick with { Epochs = 1, NumberOfThreads = 2, Progress = _ => throw new InvalidDataException("stop") };

        var fit = () => Toy.Trainer(throws ? options : options with { Progress = null }).Fit(Data);

        if (throws)
            fit.Should().Throw<InvalidDataException>();
        else
            fit();
        BlockRunner.Threads.Should().Be(1);
    }

    [Fact]
    public void Fit_CancelledWithPreciseStatistics_KeepsTheRunningAverages()
    {
        var (averages, precise) = (Cancelled(rows: null), Cancelled(rows: 100));

        precise.Network.BatchNormLayers[0].RunningMean.Should().Equal(averages.Network.BatchNormLayers[0].RunningMean);
        (averages.StopReason, precise.StopReason).Should().Be((StopReason.Cancelled, StopReason.Cancelled));
        Toy.Trainer(Toy.Quick with { PreciseStatisticsRows = 100 }).Fit(Data).Model.Network.BatchNormLayers[0].RunningMean.Should()
            .NotEqual(Toy.Trainer().Fit(Data).Model.Network.BatchNormLayers[0].RunningMean);

        static NeuralNetworkModelParameters Cancelled(int? rows)
        {
            using var source = new CancellationTokenSource();
            return Toy.Trainer(Toy.Quick with
            {
                PreciseStatisticsRows = rows,
                CancellationToken = source.Token,
                Progress = report =>
                {
                    if (report.Epoch == 2)
                        source.Cancel();
                },
            }).Fit(Data).Model;
        }
    }

    [Fact]
    public void Fit_PreciseStatistics_DoNotDependOnTheMomentum()
    {
        // Training uses batch statistics, so momentum shows in the running averages alone.
        float[] Predicted(float momentum, int? rows) => Predictions(Toy.Trainer(Toy.Quick with
        {
            Network = net => net.BatchNorm(momentum: momentum).Dense(8).BatchNorm(momentum: momentum).Relu(),
            PreciseStatisticsRows = rows,
        }).Fit(Data).Model);

        Predicted(0.1f, rows: 100).Should().Equal(Predicted(0.9f, rows: 100));
        Predicted(0.1f, rows: int.MaxValue).Should().Equal(Predicted(0.9f, rows: int.MaxValue));
        Predicted(0.1f, rows: null).Should().NotEqual(Predicted(0.9f, rows: null));
        Predicted(0.1f, rows: 100).Should().NotEqual(Predicted(0.1f, rows: int.MaxValue));
    }

    [Fact]
    public void Fit_ValidationLossRises_WarnsOnce()
    {
        var (ml, lines) = Listening();

        ml.MulticlassClassification.Trainers.NeuralNetwork(Overfits).Fit(Noise);

        lines.Should().ContainSingle(line => line.Contains("Kind=Warning") && line.Contains("learns its training rows by heart"));
    }

    [Fact]
    public void Fit_EarlyStoppingWithoutValidation_SaysWhatToSet()
    {
        var fit = () => Toy.Trainer(Toy.Quick with { EarlyStopping = new EarlyStopping() }).Fit(Data);

        fit.Should().Throw<ArgumentException>().WithMessage("*EarlyStopping*ValidationFraction or ValidationData*");
    }

    [Fact]
    public void Fit_BothKindsOfValidation_AreRefused()
    {
        var fit = () => Toy.Trainer(Overfits with { ValidationFraction = 0.5f }).Fit(Noise);

        fit.Should().Throw<ArgumentException>().WithMessage("*Both ValidationData and ValidationFraction*");
    }

    [Fact]
    public void Fit_ValidationDataOfOtherLabels_IsRefused()
    {
        Refused(
            Toy.Keyed(Toy.Examples(["red", "blue", "green"])),
            "*'Label' of ValidationData has other key values*red, blue, green*red, green, blue*MapValueToKey*");
        Refused(KeyedExample.View(KeyedExample.Examples()), "*'Label' of ValidationData has other key values*");
        Refused(TestData.Vectors<float>([[1, 2]]), "*no label column 'Label'*");

        static void Refused(IDataView validation, string message)
        {
            var fit = () => Toy.Trainer(Toy.Quick with { ValidationData = validation }).Fit(Data);
            fit.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void Fit_ValidationDataOfTheSameLabels_IsReportedOn()
    {
        var model = Toy.Trainer(Toy.Quick with { ValidationData = Toy.Keyed(Toy.Examples(rows: 30, seed: 9)) }).Fit(Data).Model;

        model.History[^1].ValidationMetric.Should().BeGreaterThan(0.9);
        model.StopReason.Should().Be(StopReason.Completed);
        Predictions(model).Should().Equal(Predictions(Toy.Trainer().Fit(Data).Model), "it does not take part in training");
    }

    [Fact]
    public void Fit_Schedule_ChangesTheLearningRate()
    {
        var options = Toy.Quick with { Epochs = 4, Schedule = new StepSchedule(2) { Decay = 0.5f } };

        var history = Toy.Trainer(options).Fit(Data).Model.History;

        history.Select(epoch => epoch.LearningRate).Should().Equal(0.02f, 0.02f, 0.01f, 0.01f);
    }

    [Fact]
    public void Fit_ClassWeights_CountLikeRowWeights()
    {
        var options = Toy.Quick with { ClassWeights = ClassWeights.Of(1, 2, 3) };
        var examples = Toy.Examples();
        foreach (var (example, i) in examples.Select((example, i) => (example, i)))
            example.Weight = i % 3 + 1;

        var byClass = Toy.Trainer(options).Fit(Data).Model;

        var byRow = Toy.Trainer(Toy.Quick with { ExampleWeightColumnName = "Weight" }).Fit(Toy.Keyed(examples)).Model;
        Predictions(byClass).Should().Equal(Predictions(byRow)).And.NotEqual(Predictions(Toy.Trainer().Fit(Data).Model));
        var fit = () => Toy.Trainer(options with { ClassWeights = ClassWeights.Of(1, 2) }).Fit(Data);
        fit.Should().Throw<ArgumentException>().WithMessage("ClassWeights has 2 weights for 3 classes*");
    }

    [Fact]
    public void Fit_LabelSmoothing_KeepsTheNetworkFromBeingCertain()
    {
        var options = Toy.Quick with { Epochs = 40 };

        var smooth = Toy.Trainer(options with { LabelSmoothing = 0.3f }).Fit(Data).Model;

        // The best answer gives the target's 0.7 + 0.3 / 3.
        Mean(smooth).Should().BeApproximately(0.8f, 0.05f);
        Mean(Toy.Trainer(options).Fit(Data).Model).Should().BeGreaterThan(0.95f);

        static float Mean(NeuralNetworkModelParameters model) => Predictions(model).Chunk(3).Average(row => row.Max());
    }

    [Fact]
    public void Fit_BatchProgress_IsCalledEveryNBatches()
    {
        var reports = new List<BatchReport>();
        var options = Toy.Quick with { Epochs = 2, BatchSize = 12, BatchProgress = reports.Add, BatchProgressEvery = 4 };

        Toy.Trainer(options).Fit(Data);

        reports.Select(report => (report.Epoch, report.Step, report.Steps)).Should().Equal((1, 4, 10), (1, 8, 10), (2, 4, 10), (2, 8, 10));
    }

    [Fact]
    public void Fit_TokenIsCancelled_EndsWithinABatchWithTheModelSoFar()
    {
        using var source = new CancellationTokenSource();
        var steps = 0;
        var options = Toy.Quick with
        {
            BatchProgress = report => Count(report, source.Cancel),
            BatchProgressEvery = 1,
            CancellationToken = source.Token,
        };

        var model = Toy.Trainer(options).Fit(Data).Model;

        model.StopReason.Should().Be(StopReason.Cancelled);
        model.History.Count.Should().Be(2);
        steps.Should().Be(2 * 4 + 2);
        Predictions(model).Should().OnlyContain(probability => float.IsFinite(probability));

        void Count(BatchReport report, Action cancel)
        {
            steps++;
            if (report is { Epoch: 3, Step: 2 })
                cancel();
        }
    }

    [Fact]
    public void Fit_CancelledWhileRowsAreRead_ThrowsAtTheNextRow()
    {
        using var source = new CancellationTokenSource();
        var read = 0;
        var data = Toy.ML.Data.LoadFromEnumerable(KeyedExample.Examples().Select(Count));

        var fit = () => Toy.Trainer(Toy.Quick with { CancellationToken = source.Token }).Fit(data);

        fit.Should().Throw<OperationCanceledException>();
        read.Should().Be(7);

        KeyedExample Count(KeyedExample example)
        {
            if (++read == 7)
                source.Cancel();
            return example;
        }
    }

    [Fact]
    public void Fit_ContextIsCancelled_EndsAndSaysWhatTheModelHas()
    {
        var (ml, lines) = Listening();
        // Internal in ML.NET, for its own tools.
        var cancel = typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var options = Toy.Quick with
        {
            ValidationFraction = 0.2f,
            Progress = report => _ = report.Epoch == 3 ? cancel.Invoke(ml, null) : null,
        };

        var model = ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(Data).Model;

        model.StopReason.Should().Be(StopReason.Cancelled);
        model.History.Count.Should().Be(3);
        lines.Should().ContainSingle(
            line => line.Contains($"was cancelled after 3 epochs; the model has the weights of epoch {model.BestEpoch}"));
    }

    [Fact]
    public void Fit_ProductExample_RunsFromRowsToPredictions()
    {
        var ml = new MLContext(seed: 1);
        var reports = new List<EpochReport>();
        var data = ml.Data.LoadFromEnumerable(Toy.Examples(rows: 300));
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.BatchNormalization("Features"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(
                new NeuralNetworkOptions
                {
                    Network = net => net.Dense(128).BatchNorm().Relu().Dropout(0.2f).Dense(64).BatchNorm().Relu(),
                    Optimizer = new Adam { LearningRate = 1e-3f },
                    Epochs = 30,
                    ValidationFraction = 0.1f,
                    EarlyStopping = new EarlyStopping { Patience = 5 },
                    Progress = reports.Add,
                }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));

        var model = pipeline.Fit(data);

        var loaded = ModelZip.Load(ModelZip.Save(model, data.Schema));
        var engine = new MLContext().Model.CreatePredictionEngine<Example<string>, Scored>(loaded);
        engine.Predict(new Example<string> { Features = [3, 0] }).Predicted.Should().Be("green");
        reports.Should().NotBeEmpty();
    }

    private static float[] Predictions(NeuralNetworkModelParameters model)
    {
        float[] features = [.. Toy.Examples(rows: 30, seed: 21).SelectMany(example => example.Features)];
        var predictions = new float[30 * model.OutputCount];
        model.Predict(features, predictions);
        return predictions;
    }

    private static IEnumerable<KeyedExample> NoisyRows(int rows, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < rows; i++)
            yield return new KeyedExample { Label = (uint)random.Next(3), Features = [random.NextSingle(), random.NextSingle()] };
    }

    private static (MLContext ML, List<string> Lines) Listening()
    {
        var ml = new MLContext(seed: 1);
        var lines = new List<string>();
        ml.Log += (_, line) => lines.Add(line.Message);
        return (ml, lines);
    }
}
