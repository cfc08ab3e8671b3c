using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Looks for a learning rate: trains for a short while, with a rate that grows by the same factor in every step, and watches the loss
/// (Smith, 2017, arXiv:1506.01186, section 3.3).
/// </summary>
internal static class LearningRateFinder
{
    private const double Smoothing = 0.9;
    private const double BrokenOut = 4;   // times the lowest smoothed loss

    /// <summary>Trains on batches in the order of training until the rates end or the loss breaks out, then takes it all back.</summary>
    /// <param name="network">Is in the end as it was.</param>
    /// <param name="loss">What is made small.</param>
    /// <param name="settings">
    /// Optimizer, factors of the rate, batch size, seed and cancellation; the learning rate, schedule and number of epochs play no part.
    /// </param>
    /// <param name="training">The rows.</param>
    /// <param name="lowest">Where the rate starts; positive.</param>
    /// <param name="highest">Where it ends; more than <paramref name="lowest"/>.</param>
    /// <param name="steps">In how many steps; at least 2.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for. The network is as it was.</exception>
    public static LearningRateCurve Run(
        Network network, Loss loss, TrainingSettings settings, RowSource training,
        float lowest = 1e-6f, float highest = 10, int steps = 100)
    {
        Require.Positive(lowest, nameof(lowest));
        Require.Positive(highest, nameof(highest));
        Require.AtLeast(2, steps, nameof(steps));
        if (lowest >= highest)
            throw new ArgumentException($"The highest learning rate ({highest}) must be more than the lowest ({lowest}).", nameof(highest));

        var range = (double)highest / lowest;
        var before = network.CopyAs(network.Definition);
        try
        {
            return new LearningRateCurve(
                Points(network, loss, settings, training, steps, step => (float)(lowest * Math.Pow(range, step / (steps - 1.0)))));
        }
        finally
        {
            network.CopyFrom(before);
        }
    }

    private static List<LearningRatePoint> Points(
        Network network, Loss loss, TrainingSettings settings, RowSource training, int steps, Func<int, float> rateOf)
    {
        using var batches = training.InBatches(settings.BatchSize);
        var random = new CounterRandom((ulong)settings.Seed);
        var step = new TrainingStep(network, loss, settings.RuleOver(network), random, batches.Largest, settings.Augmentation);
        var points = new List<LearningRatePoint>();
        var (average, best) = (0.0, double.PositiveInfinity);
        for (var i = 0; i < steps; i++)
        {
            settings.ThrowIfCancelled();
            if (i % batches.Count == 0)
                batches.Start(random.Derive(RandomStream.Shuffle).Derive((ulong)(i / batches.Count + 1)));
            var rate = rateOf(i);
            var mean = step.Train(batches.Next(), i + 1, rate, step.NewMeter());
            average = Smoothing * average + (1 - Smoothing) * mean;
            var smoothed = average / (1 - Math.Pow(Smoothing, i + 1));   // corrected for having started at 0
            if (!(smoothed <= BrokenOut * best) && i > 0)
                break;
            points.Add(new LearningRatePoint(rate, mean, smoothed));
            best = Math.Min(best, smoothed);
        }

        return double.IsFinite(points[0].Loss) ? points : throw new TrainingDivergedException(1, 1, points[0].Loss, rateOf(0));
    }
}
