using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>What the mistakes are made with.</summary>
internal static class Mistakes
{
    public static readonly MLContext ML = Toy.ML;

    public static readonly NeuralNetworkOptions Options = Toy.Quick with { Epochs = 1 };

    public static IDataView Classes { get; } = Keyed("a", "b", "c");

    public static IDataView Answers { get; } = Toy.View(Toy.Examples<bool>([true, false]));

    public static IDataView Numbers { get; } = Toy.View(Toy.Examples<float>([1, 2]));

    /// <summary>64 features, which may be a picture of 8x8.</summary>
    public static IDataView Rows64 { get; } = OfSize(64);

    public static IDataView Keyed(params string[] classes) => Toy.Keyed(Toy.Examples(classes));

    /// <summary>Two classes and that many features.</summary>
    public static IDataView OfSize(int features)
    {
        var definition = SchemaDefinition.Create(typeof(Sized));
        definition[nameof(Sized.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        var rows = Enumerable.Range(0, 40).Select(i => new Sized
        {
            Label = $"{i % 2}",
            Features = [.. Enumerable.Range(0, features).Select(slot => (float)(((i * 7) + (slot * 3)) % 11))],
        });
        return Toy.Keyed(ML.Data.LoadFromEnumerable(rows.ToArray(), definition));
    }

    public static void FitClasses(IDataView data, Func<NeuralNetworkOptions, NeuralNetworkOptions>? change = null) =>
        ML.MulticlassClassification.Trainers.NeuralNetwork(Changed(change)).Fit(data);

    public static void FitYesNo(IDataView data, Func<NeuralNetworkOptions, NeuralNetworkOptions>? change = null) =>
        ML.BinaryClassification.Trainers.NeuralNetwork(Changed(change)).Fit(data);

    public static void FitNumbers(IDataView data, Func<NeuralNetworkOptions, NeuralNetworkOptions>? change = null) =>
        ML.Regression.Trainers.NeuralNetwork(Changed(change)).Fit(data);

    private static NeuralNetworkOptions Changed(Func<NeuralNetworkOptions, NeuralNetworkOptions>? change) =>
        change?.Invoke(Options) ?? Options;

    private sealed class Sized
    {
        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }
}
