using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.SmallBatches;

/// <summary>Mean and deviation (n - 1) of the test accuracy over the seeds.</summary>
internal readonly record struct Accuracy(double Mean, double Deviation)
{
    public static Accuracy Of(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return new Accuracy(mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)));
    }
}

/// <summary>A way to normalize.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Layer">The layer, for a number of batches per epoch.</param>
/// <param name="IsPrecise">Whether the statistics are recomputed over the training rows after training.</param>
internal sealed record Candidate(string Name, Func<int, LayerDefinition> Layer, bool IsPrecise = false);

/// <summary>Test accuracy on the digits of a network 64-64-64-10 by normalization and batch size.</summary>
internal sealed class Study(Digits training, Digits test)
{
    private const int Classes = 10, Hidden = 64, Epochs = 20, Seeds = 5;

    // Grows with the batch, so that an epoch moves the weights about as far whatever the batch size (Goyal et al., 2017, arXiv:1706.02677).
    private const float LearningRatePerRow = 0.05f / 32;

    public static IReadOnlyList<int> BatchSizes { get; } = [2, 4, 8, 32, 128];

    public static IReadOnlyList<Candidate> Candidates { get; } =
    [
        new("Batch norm", _ => new BatchNormDefinition()),
        new("Batch norm, precise statistics", _ => new BatchNormDefinition(), IsPrecise: true),
        new("Ghost batches of 8", _ => new BatchNormDefinition { VirtualBatchSize = 8 }),
        new("Batch renorm", batches => new BatchNormDefinition
        {
            // The paper's schedule is for 160,000 steps; here the limits open between the first epoch and the fifth.
            Renormalization = new() { WarmupBatches = batches, RMaxReachedAfter = 5 * batches, DMaxReachedAfter = 5 * batches },
        }),
        new("Group norm, 8 groups", _ => new GroupNormDefinition(8)),
    ];

    public Accuracy Measure(Candidate candidate, int batchSize) =>
        Accuracy.Of([.. Enumerable.Range(1, Seeds).Select(seed => Train(candidate, batchSize, seed))]);

    private double Train(Candidate candidate, int batchSize, int seed)
    {
        var norm = candidate.Layer(training.Labels.Length / batchSize);
        var definition = NetworkDefinition.Empty.Dense(Hidden).Add(norm).Relu().Dense(Hidden).Add(norm).Relu().Dense(Classes);
        var network = new Network(definition, Shape.Vector(training.Pixels[0].Length), seed);
        var settings = new TrainingSettings
        {
            Epochs = Epochs,
            BatchSize = batchSize,
            Seed = seed,
            Optimizer = new Sgd { LearningRate = LearningRatePerRow * batchSize, Momentum = 0.9f },
        };
        var rows = new DatasetBuilder(network.InputShape.Size, hasWeights: false);
        foreach (var (pixels, label) in training.Pixels.Zip(training.Labels))
            rows.Add(pixels, label);
        new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(rows.ToDataset());
        if (candidate.IsPrecise)
            network.RecomputeStatistics(training.Pixels.SelectMany(pixels => pixels).ToArray(), batchSize);
        return AccuracyOf(network.ToPredictor());
    }

    private double AccuracyOf(Predictor predictor)
    {
        var outputs = new float[test.Labels.Length * Classes];
        predictor.Predict(test.Pixels.SelectMany(pixels => pixels).ToArray(), outputs);
        return outputs.Chunk(Classes).Zip(test.Labels).Average(row => row.First.IndexOf(row.First.Max()) == row.Second ? 1.0 : 0);
    }
}
