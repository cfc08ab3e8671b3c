using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Losses;

/// <summary>A figure to read beside the loss, gathered over the batches of an epoch, each row with its weight.</summary>
internal abstract class Metric
{
    /// <summary>Adds a batch; the arguments are those of <see cref="Loss.Evaluate"/>.</summary>
    public abstract void Add(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights);

    /// <summary>The figure over everything added.</summary>
    public abstract double Value { get; }

    /// <summary>What was gathered so far, for another one to take over.</summary>
    public abstract double[] State { get; }

    /// <summary>Adds what another one gathered; the first one is taken over to the last bit.</summary>
    /// <param name="state">Its <see cref="State"/>.</param>
    public abstract void Add(ReadOnlySpan<double> state);
}

/// <summary>
/// Share of the rows predicted right. With several outputs the largest one is predicted; with one it is 1 where the output is positive.
/// </summary>
internal sealed class Accuracy : Metric
{
    public const string Name = "accuracy";

    private double correct;
    private double total;

    public override double Value => correct / total;

    public override double[] State => [correct, total];

    public override void Add(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        var columns = outputs.Length / targets.Length;
        for (var row = 0; row < targets.Length; row++)
        {
            var weight = weights.IsEmpty ? 1 : weights[row];
            var predicted = columns == 1
                ? (outputs[row] > 0 ? 1 : 0)
                : IndexOfLargest(outputs.Slice(row * columns, columns));
            total += weight;
            if (predicted == targets[row])
                correct += weight;
        }
    }

    public override void Add(ReadOnlySpan<double> state)
    {
        correct += state[0];
        total += state[1];
    }

    /// <summary>The first of the largest, or the first that is not a number.</summary>
    private static int IndexOfLargest(ReadOnlySpan<float> values)
    {
        // A loop over so few is done before the vectorized function has begun.
        const int few = 16;
        if (values.Length > few)
            return TensorPrimitives.IndexOfMax(values);
        var largest = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
                return i;
            if (values[i] > values[largest])
                largest = i;
        }

        return largest;
    }
}

/// <summary>
/// R^2 = 1 - sum((y - t)^2) / sum((t - mean(t))^2) with y the predictions: 1 is perfect, 0 is no better than predicting the mean. The same
/// in any unit of the targets. NaN if the targets do not vary.
/// </summary>
/// <param name="link">How predictions follow from outputs.</param>
internal sealed class RSquared(Link link = Link.Identity) : Metric
{
    public const string Name = "R^2";

    private readonly ChannelMoments moments = new(1);   // of the targets
    private double squaredErrors;

    public override double Value =>
        moments.SquaredDeviations(0) is > 0 and var squaredDeviations ? 1 - squaredErrors / squaredDeviations : double.NaN;

    public override double[] State =>
        [squaredErrors, moments.Count(0), moments.Weight(0), moments.Count(0) == 0 ? 0 : moments.Mean(0), moments.SquaredDeviations(0)];

    public override void Add(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        for (var row = 0; row < targets.Length; row++)
        {
            double weight = weights.IsEmpty ? 1 : weights[row];
            if (weight == 0)
                continue;
            double target = targets[row];
            moments.Add(channel: 0, target, weight);
            var error = link.ToPrediction(outputs[row]) - target;
            squaredErrors += weight * error * error;
        }
    }

    public override void Add(ReadOnlySpan<double> state)
    {
        squaredErrors += state[0];
        moments.Merge(channel: 0, (long)state[1], state[2], state[3], state[4]);
    }
}
