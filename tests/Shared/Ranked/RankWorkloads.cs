using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tests;

/// <summary>
/// Trainings of one model by several ranks, whatever these are, with all in them that could come to differ between two ranks or two runs.
/// </summary>
internal static class RankWorkloads
{
    private const int Rows = 512;

    private static readonly NeuralNetworkOptions Options = new()
    {
        ExampleWeightColumnName = nameof(Example.Weight),
        Optimizer = new AdamW { LearningRate = 0.01f, ClipNorm = 0.5f },
        ClassWeights = ClassWeights.Balanced,
        BatchSize = 64,
        Epochs = 6,
        ValidationFraction = 0.25f,
        EarlyStopping = new EarlyStopping { Patience = 1, MinimumImprovement = 0.02f },
        PreciseStatisticsRows = 128,
        Seed = 1,
    };

    private static readonly Dictionary<string, NeuralNetworkOptions> All = new()
    {
        ["dense"] = Options with
        {
            Network = net => net.Dense(32).BatchNorm().Relu().Dropout(0.2f)
                .Dense(16).Add(new BatchNormDefinition { WeightedStatistics = true }).Relu(),
        },
        ["convolutional"] = Options with
        {
            Network = net => net.Conv2D(4, padding: 1).BatchNorm().Relu().MaxPool2D()
                .Conv2D(6, padding: 1).BatchNorm().Relu().Dropout(0.1f),
            ImageShape = Shape.Image(height: 6, width: 6, channels: 1),
            Augmentation = new Augmentation { Shift = 0.1f, HorizontalFlip = true, MixUp = 0.2f },
        },
        ["ghosts"] = Options with
        {
            Network = net => net.Dense(16).Add(new BatchNormDefinition
            {
                VirtualBatchSize = 4,
                Renormalization = new BatchRenormalization { WarmupBatches = 2, RMaxReachedAfter = 8, DMaxReachedAfter = 8 },
            }).Relu(),
        },
    };

    public static IEnumerable<string> Names => All.Keys;

    /// <summary>SHA-256 of all weights and running statistics that a rank has at the end.</summary>
    public static string ChecksumOf(string name, Ranks ranks) => ChecksumOf(Fit(name, ranks, options => options).Model.Network);

    /// <summary>Trains this rank's part of the model, perhaps with changed options.</summary>
    public static NeuralNetworkPredictionTransformer Fit(
        string name, Ranks ranks, Func<NeuralNetworkOptions, NeuralNetworkOptions> change)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(Examples().Where((_, i) => i % ranks.Count == ranks.Rank).ToArray());
        return ml.MulticlassClassification.Trainers.NeuralNetwork(change(All[name]) with { Ranks = ranks }).Fit(data);
    }

    public static string ChecksumOf(Network network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in network.Parameters)
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Values));
        foreach (var norm in network.BatchNormLayers)
            foreach (var statistics in (IReadOnlyList<float>[])[norm.RunningMean, norm.RunningVariance])
                hash.AppendData(MemoryMarshal.AsBytes(statistics.ToArray().AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // Three classes of unequal size, each a bar at a place of its own in a noisy picture.
    private static IEnumerable<Example> Examples()
    {
        var random = new Random(5);
        for (var row = 0; row < Rows; row++)
        {
            var label = (uint)Math.Max(0, random.Next(5) - 2);
            var features = new float[36];
            for (var i = 0; i < features.Length; i++)
                features[i] = (i / 6 == 2 * label ? 1.5f : 0) + random.NextSingle();
            yield return new Example { Label = label, Features = features, Weight = 0.5f + random.NextSingle() };
        }
    }

    private sealed class Example
    {
        [KeyType(3)]
        public uint Label { get; init; }

        [VectorType(36)]
        public float[] Features { get; init; } = [];

        public float Weight { get; init; }
    }
}
