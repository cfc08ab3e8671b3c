using System.Globalization;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;

namespace MLNet.BatchNorm;

/// <summary>How much the rows of each class count in the loss, on top of weights of their own. Immutable.</summary>
/// <example>
/// <code>
/// var trainer = ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     LabelColumnName = "IsSick",
///     ClassWeights = ClassWeights.Of(1, 5),              // a missed "true" costs five times a missed "false"
///     Epochs = 5,
/// });
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public abstract record ClassWeights
{
    private protected ClassWeights()
    {
    }

    /// <summary>Every class counts the same in all, however many rows it has: total / (number of classes * total of the class).</summary>
    public static ClassWeights Balanced { get; } = new BalancedClassWeights();

    /// <summary>A weight for each class.</summary>
    /// <param name="weights">
    /// One per class, in the order of the classes (keys, or false and true); 0 or more. Rows of a class with weight 0 are left out.
    /// </param>
    /// <returns>The class weights.</returns>
    /// <exception cref="ArgumentException">A weight is negative or not finite.</exception>
    public static ClassWeights Of(params IReadOnlyList<float> weights) => new GivenClassWeights(weights);

    /// <summary>Refuses class weights that do not fit the classes.</summary>
    /// <exception cref="ArgumentException">There is not one weight per class.</exception>
    internal virtual void Check(int classes)
    {
    }

    /// <summary>Whether rows of a class, counted from 0, have weight 0, so that they are to be left out.</summary>
    internal virtual bool LeavesOut(int classIndex) => false;

    /// <summary>The rows, their weights multiplied.</summary>
    /// <exception cref="ArgumentException">There is not one weight per class.</exception>
    internal RowSource Apply(RowSource rows, int classes, Ranks? ranks = null)
    {
        Check(classes);
        var factors = Factors(rows, classes, ranks);
        return rows.WithWeightFactors(target => factors[(int)target]);
    }

    private protected abstract float[] Factors(RowSource rows, int classes, Ranks? ranks);
}

internal sealed record BalancedClassWeights : ClassWeights
{
    public override string ToString() => nameof(Balanced);

    private protected override float[] Factors(RowSource rows, int classes, Ranks? ranks)
    {
        var totals = new double[classes];
        foreach (var (target, weight) in rows.Labels())
            totals[(int)target] += weight;
        ranks.Total(totals);
        var total = totals.Sum();
        var present = totals.Count(ofClass => ofClass > 0);
        return [.. totals.Select(ofClass => ofClass > 0 ? (float)(total / (present * ofClass)) : 1)];
    }
}

internal sealed record GivenClassWeights : ClassWeights
{
    private readonly float[] weights;

    public GivenClassWeights(IReadOnlyList<float> weights) =>
        this.weights = [.. Require.NotNull(weights, nameof(weights)).Select(weight => Require.NotNegative(weight, nameof(weights)))];

    public override string ToString() => string.Join(", ", weights.Select(weight => weight.ToString(CultureInfo.InvariantCulture)));

    internal override void Check(int classes)
    {
        if (weights.Length != classes)
            throw new ArgumentException($"ClassWeights has {weights.Length} weights for {classes} classes. Give one for each class.");
    }

    internal override bool LeavesOut(int classIndex) => weights[classIndex] == 0;

    private protected override float[] Factors(RowSource rows, int classes, Ranks? ranks) => weights;
}
