using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Points around three corners of a triangle, one class each: easy to learn, and quick.</summary>
internal static class Toy
{
    public static readonly MLContext ML = new(seed: 1);

    /// <summary>Learns the toy problem in a fraction of a second.</summary>
    public static readonly NeuralNetworkOptions Quick = new()
    {
        Network = net => net.Dense(8).BatchNorm().Relu(),
        Optimizer = new Adam { LearningRate = 0.02f },
        Schedule = new ConstantSchedule(),
        BatchSize = 32,
        NormalizeFeatures = false,
        PreciseStatisticsRows = null,
        Epochs = 10,
        Seed = 1,
    };

    private static readonly (float X, float Y)[] Corners = [(0, 0), (3, 0), (0, 3)];

    /// <summary>Rows of the three classes in turn, labelled with their values.</summary>
    public static Example<TLabel>[] Examples<TLabel>(TLabel[] classes, int rows = 120, int seed = 3)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, rows).Select(i => new Example<TLabel>
            {
                Label = classes[i % classes.Length],
                Features = [Noisy(Corners[i % 3].X), Noisy(Corners[i % 3].Y)],
            }),
        ];

        float Noisy(float center) => center + (float)(random.NextDouble() + random.NextDouble() - 1);
    }

    public static Example<string>[] Examples(int rows = 120, int seed = 3) => Examples(["red", "green", "blue"], rows, seed);

    public static IDataView View<TLabel>(params Example<TLabel>[] examples) => ML.Data.LoadFromEnumerable(examples);

    /// <summary>The rows with their label made a key, ready for the trainer.</summary>
    public static IDataView Keyed<TLabel>(params Example<TLabel>[] examples) => Keyed(View(examples));

    public static IDataView Keyed(IDataView data) => ML.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);

    public static NeuralNetworkMulticlassTrainer Trainer(NeuralNetworkOptions? options = null) =>
        ML.MulticlassClassification.Trainers.NeuralNetwork(options ?? Quick);

    /// <summary>What is saved of a model: equal bytes, equal model.</summary>
    public static byte[] PayloadOf(NeuralNetworkPredictionTransformer model, IDataView data) =>
        ModelZip.PayloadOf(ModelZip.Save(model, data.Schema), "NNPR");
}

internal sealed class Example<TLabel>
{
    public TLabel Label { get; set; } = default!;

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;
}

/// <summary>
/// An example whose label is a key as it stands, without values. In a class ML.NET counts keys from 0, and one out of range is missing.
/// </summary>
internal sealed class KeyedExample
{
    public const uint Missing = uint.MaxValue;

    [KeyType(3)]
    public uint Label { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public static IDataView View(params KeyedExample[] examples) => Toy.ML.Data.LoadFromEnumerable(examples);

    /// <summary>The toy problem.</summary>
    public static KeyedExample[] Examples() =>
        [.. Toy.Examples<uint>([0, 1, 2]).Select(example => new KeyedExample { Label = example.Label, Features = example.Features })];
}

internal sealed class Scored
{
    public float[] Score { get; set; } = [];

    public string Predicted { get; set; } = "";
}
