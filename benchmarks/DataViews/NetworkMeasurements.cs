using Microsoft.ML;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Benchmarks.Workloads;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.DataViews;

/// <summary>The network 784-512-256 with batch norm: training and prediction through a data view beside the same without one.</summary>
internal static class NetworkMeasurements
{
    private const int Inputs = 784, TrainingRows = 20_000, ScoredRows = 100_000;

    public static void Run()
    {
        var options = new NeuralNetworkOptions
        {
            Network = Hidden,
            Epochs = 2,
            BatchSize = 128,
            Seed = 1,
            Optimizer = new Adam(),
            Schedule = new ConstantSchedule(),
            NormalizeFeatures = false,
            PreciseStatisticsRows = null,
        };
        var trainer = Rows.ML.BinaryClassification.Trainers.NeuralNetwork(options);
        var training = Rows.Cached(TrainingRows, Inputs);
        var (features, labels) = Rows.Arrays(TrainingRows, Inputs);
        var model = trainer.Fit(training);
        Rows.Compare(
            $"`Fit` of 784-512-256, {TrainingRows:N0} cached rows, 2 epochs", Rows.Seconds(() => trainer.Fit(training)),
            "the bare loop over arrays", Rows.Seconds(() => TrainBare(features, labels)));

        var view = Rows.Cached(ScoredRows, Inputs);
        var scored = model.Transform(view);
        var transform = $"`Transform` of {ScoredRows:N0} rows by that network";
        var seconds = Rows.Seconds(() => ReadScores(scored), repeats: 3);
        Rows.Compare(transform, seconds, "row by row", Rows.Seconds(() => ScoreRowByRow(model, view), repeats: 3));
        var gigaOperations = ScoredRows * NetworkOperations.OfPrediction(Untrained()) / 1e9;
        Rows.Compare(
            $"{transform}, at the peak", seconds, "its products at the multiply-add peak of as many threads",
            gigaOperations / MachineLimits.MultiplyAddPeak(NumericsThreads.Max));
        MeasureOneRow(model, features.AsSpan(0, Inputs).ToArray());
    }

    private static NetworkDefinition Hidden(NetworkDefinition net) => net.Dense(512).BatchNorm().Relu().Dense(256).BatchNorm().Relu();

    private static Network Untrained() =>
        new(Hidden(NetworkDefinition.Empty).Dense(1), Shape.Vector(Inputs), seed: 1, Initializer.He);

    private static void TrainBare(float[] features, float[] labels)
    {
        var data = new Dataset(Inputs, features, labels, null, [.. Enumerable.Range(0, TrainingRows)]);
        var network = Untrained();
        var settings = new TrainingSettings { Optimizer = new Adam(), Epochs = 2, BatchSize = 128, Seed = 1 };
        new TrainingLoop(network, new SigmoidCrossEntropy(), settings).Run(data);
    }

    private static void ReadScores(IDataView scored)
    {
        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        Read(cursor, cursor.GetGetter<float>(scored.Schema["Score"]));
    }

    // A row over the cursor, which is never read ahead.
    private static void ScoreRowByRow(NeuralNetworkPredictionTransformer model, IDataView view)
    {
        var mapper = model.GetRowToRowMapper(view.Schema);
        var score = mapper.OutputSchema["Score"];
        using var cursor = view.GetRowCursor(mapper.GetDependencies([score]));
        Read(cursor, mapper.GetRow(cursor, [score]).GetGetter<float>(score));
    }

    private static void Read(DataViewRowCursor cursor, ValueGetter<float> getter)
    {
        var value = 0f;
        while (cursor.MoveNext())
            getter(ref value);
    }

    private static void MeasureOneRow(NeuralNetworkPredictionTransformer model, float[] features)
    {
        const int calls = 20_000;
        using var engine = Rows.ML.Model.CreatePredictionEngine<Row, Prediction>(model, inputSchemaDefinition: Rows.SchemaOf(Inputs));
        var row = new Row { Features = features };
        var prediction = new Prediction();
        var bare = new float[1];
        var engineSeconds = Rows.Seconds(() => Repeat(() => engine.Predict(row, ref prediction))) / calls;
        var bareSeconds = Rows.Seconds(() => Repeat(() => model.Model.Predict(features, bare))) / calls;
        Rows.Compare("one row by that network, with `PredictionEngine`", engineSeconds, "`Predict` over spans", bareSeconds);

        static void Repeat(Action call)
        {
            for (var i = 0; i < calls; i++)
                call();
        }
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
