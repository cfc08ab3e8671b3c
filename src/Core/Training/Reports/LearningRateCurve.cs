namespace MLNet.BatchNorm;

/// <summary>One step of the search for a learning rate.</summary>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="Loss">Mean loss of its batch, before the step.</param>
/// <param name="SmoothedLoss">Moving average of the losses up to it.</param>
/// <example>
/// <code>
/// LearningRateCurve curve = ml.MulticlassClassification.Trainers.NeuralNetwork().FindLearningRate(data, steps: 20);
/// foreach (LearningRatePoint point in curve.Points)
///     Console.WriteLine($"{point.LearningRate:g2}: {point.SmoothedLoss:F3}");
/// </code>
/// </example>
public readonly record struct LearningRatePoint(float LearningRate, double Loss, double SmoothedLoss);

/// <summary>How the loss goes while the learning rate rises (Smith, 2017, arXiv:1506.01186). Immutable.</summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(network: NeuralNetworks.Mlp([32]));
/// LearningRateCurve curve = trainer.FindLearningRate(data);
/// var tuned = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(network: NeuralNetworks.Mlp([32]), learningRate: curve.Suggestion, epochs: 5);
/// </code>
/// </example>
public sealed class LearningRateCurve
{
    // The loss is lowest just before training breaks down; an order of magnitude below that is the usual choice.
    private const float Margin = 10;

    internal LearningRateCurve(IReadOnlyList<LearningRatePoint> points)
    {
        Points = points;
        var lowest = points.MinBy(point => point.SmoothedLoss);
        Suggestion = lowest.SmoothedLoss < points[0].SmoothedLoss ? lowest.LearningRate / Margin : null;
    }

    /// <summary>The steps, with rising learning rate. Ends early where the loss breaks out.</summary>
    public IReadOnlyList<LearningRatePoint> Points { get; }

    /// <summary>A tenth of the rate at which the smoothed loss is lowest; null if the loss never falls below where it starts.</summary>
    public float? Suggestion { get; }
}
