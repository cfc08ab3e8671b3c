using ImageClassification.Charts;
using MLNet.BatchNorm;

namespace ImageClassification.Study;

/// <summary>Which normalization stands small batches: test accuracy of a network 64-64-64-10 by normalization and batch size.</summary>
internal static class SmallBatches
{
    private const int Hidden = 64, Epochs = 20;

    // Grows with the batch, so that an epoch moves the weights about as far whatever the batch size (Goyal et al., 2017, arXiv:1706.02677).
    private const float LearningRatePerRow = 0.05f / 32;

    private static readonly int[] BatchSizes = [2, 4, 8, 32, 128];

    private static readonly Normalization[] Normalizations =
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

    public static Section Run(Digits digits)
    {
        var candidates = (from normalization in Normalizations from size in BatchSizes select (normalization, size)).ToArray();
        var accuracies = Seeds.Run(candidates, (candidate, seed) => Train(digits, candidate.normalization, candidate.size, seed));
        var spreads = accuracies.Select(Spread.Of).Chunk(BatchSizes.Length).ToArray();
        return new Section(
            "Small batches",
            $"A network 64-{Hidden}-{Hidden}-10 with the normalization in front of each ReLU, {Epochs} epochs of SGD with momentum 0.9 and "
            + "a learning rate in proportion to the batch (0.05 at 32 rows). Test accuracy in percent over the rows per batch.",
            new Table(
                ["batch size", .. BatchSizes.Select(size => $"{size}")],
                [.. Normalizations.Zip(spreads, Row)]),
            [
                new Picture("small-batches", new LineChart(
                    "Test accuracy: mean and deviation of five seeds",
                    new Axis("rows per batch", [.. BatchSizes], IsLogarithmic: true),
                    new Axis("percent", [30, 40, 50, 60, 70, 80, 90, 100]),
                    [.. Normalizations.Zip(spreads, Line)])),
            ]);
    }

    private static string[] Row(Normalization normalization, Spread[] spreads) =>
        [normalization.Name, .. spreads.Select(spread => spread.InPercent())];

    private static Series Line(Normalization normalization, Spread[] spreads) => new(
        normalization.Name,
        Array.IndexOf(Normalizations, normalization),
        [.. BatchSizes.Zip(spreads, (size, spread) => new Point(size, 100 * spread.Mean, 100 * spread.Deviation))])
    {
        HasDots = true,
    };

    private static double Train(Digits digits, Normalization normalization, int batchSize, int seed)
    {
        var norm = normalization.Layer(digits.TrainingCount / batchSize);
        var model = digits.Train(new NeuralNetworkOptions
        {
            Network = net => net.Dense(Hidden).Add(norm).Relu().Dense(Hidden).Add(norm).Relu(),
            Optimizer = new Sgd { LearningRate = LearningRatePerRow * batchSize, Momentum = 0.9f },
            BatchSize = batchSize,
            Schedule = new ConstantSchedule(),
            NormalizeFeatures = false,
            Epochs = Epochs,
            PreciseStatisticsRows = normalization.IsPrecise ? digits.TrainingCount : null,
            Seed = seed,
        });
        return digits.Accuracy(model);
    }

    /// <param name="Name">Name in the table.</param>
    /// <param name="Layer">The layer, for a number of batches per epoch.</param>
    /// <param name="IsPrecise">Whether the statistics are computed anew from the training rows after training.</param>
    internal sealed record Normalization(string Name, Func<int, LayerDefinition> Layer, bool IsPrecise = false);
}
