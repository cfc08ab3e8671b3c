using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>Why training ended.</summary>
/// <example>
/// <code>
/// using var cancellation = new CancellationTokenSource();
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Epochs = 100,
///     Progress = report => { if (report.Epoch == 3) cancellation.Cancel(); },
///     CancellationToken = cancellation.Token,
/// });
/// var model = trainer.Fit(data).Model;
/// Console.WriteLine($"{model.StopReason} after {model.History.Count} epochs");   // Cancelled after 3 epochs
/// </code>
/// </example>
public enum StopReason
{
    /// <summary>All epochs are done, and the loss is not that of <see cref="Diverged"/>.</summary>
    Completed = 1,

    /// <summary>The validation loss had stopped falling; the network has the weights of the best epoch.</summary>
    EarlyStopping = 2,

    /// <summary>
    /// Cancellation was asked for. With validation the network has the weights of the best epoch that was done; else, or before the first
    /// epoch was done, what it had learned up to then. Behind the last epoch, while precise statistics are taken,
    /// it is what training came to, with the running averages of batch normalization.
    /// </summary>
    Cancelled = 3,

    /// <summary>
    /// All epochs are done, but the training loss is more than three times that of predicting the same for every row: training blew up.
    /// A warning in the log says so. With validation the network has the weights of the best epoch; it may still be of no use.
    /// </summary>
    Diverged = 4,

    /// <summary>
    /// The time that the options allow was over. With validation the network has the weights of the best epoch that was done; else, or
    /// before the first epoch was done, what it had learned up to then.
    /// </summary>
    TimeLimit = 5,
}

/// <summary>What training came to. Immutable.</summary>
internal sealed class TrainingResult
{
    internal TrainingResult(TrainingHistory history, StopReason stopReason, int? bestEpoch, OptimizerState? optimizerState)
    {
        History = history;
        StopReason = stopReason;
        BestEpoch = bestEpoch;
        OptimizerState = optimizerState;
    }

    /// <summary>The epochs that are done.</summary>
    public TrainingHistory History { get; }

    /// <summary>Why training ended.</summary>
    public StopReason StopReason { get; }

    /// <summary>The epoch with the lowest validation loss, from 1; null without validation.</summary>
    public int? BestEpoch { get; }

    /// <summary>What the optimizer remembers at the end, to continue with; null: it was not kept.</summary>
    internal OptimizerState? OptimizerState { get; }
}
