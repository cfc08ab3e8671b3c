namespace MLNet.BatchNorm;

/// <summary>Training was stopped because the loss is no longer a finite number. The network is of no use after that.</summary>
/// <example>
/// <code>
/// try
/// {
///     var model = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkOptions
///     {
///         LabelColumnName = "Price",
///         Optimizer = new Sgd { LearningRate = 1e6f },
///     }).Fit(data);
/// }
/// catch (TrainingDivergedException exception)
/// {
///     Console.WriteLine(exception.Epoch);   // 1
/// }
/// </code>
/// </example>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>States where it happened.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The batch within the epoch, from 1; 0 for validation at the end of the epoch.</param>
    /// <param name="loss">The loss: NaN or an infinity.</param>
    /// <param name="learningRate">The learning rate in use.</param>
    public TrainingDivergedException(int epoch, int step, double loss, float learningRate)
        : base(
            FormattableString.Invariant($"The loss became {loss} in epoch {epoch}, {(step == 0 ? "validation" : $"step {step}")}. ")
            + FormattableString.Invariant($"Lower the learning rate (it is {learningRate}), and see that the features hold no missing or ")
            + "infinite values and are scaled alike.")
    {
        Epoch = epoch;
        Step = step;
        Loss = loss;
    }

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The batch within the epoch, from 1; 0 for validation at the end of the epoch.</summary>
    public int Step { get; }

    /// <summary>The loss: NaN or an infinity.</summary>
    public double Loss { get; }
}
