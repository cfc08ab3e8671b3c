using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// How gamma and beta are learned from labels: by mini-batch gradient descent (Adam, Kingma and Ba 2015) together with a linear model on
/// the normalized values, which is thrown away afterwards: softmax for a key label, logistic for a Boolean, squared error for a Single.
/// </summary>
/// <remarks>
/// The loss knows only gamma times the weight of the linear model, so the loss alone says nothing about the size of gamma.
/// <see cref="Penalty"/> shrinks the weights to 0 and gamma to 1 alike, and |gamma| has a meaning under that penalty only: how much the
/// labels ask for a channel, against 1. Likewise the loss knows only the sum of the model's intercept and what beta adds to it; both start
/// at 0, neither is penalised, and beta is the share that descent gives it. A number to predict is brought to mean 0 and deviation 1 first.
/// The normalized values of all rows with a label are held in memory as float32, a missing one as the mean.
/// </remarks>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization(new BatchNormalizationOptions
/// {
///     Columns = [new InputOutputColumnPair("Features")],
///     LabelColumnName = "Label",
///     LearnedAffine = new LearnedAffine { Epochs = 10, Seed = 1 },
/// });
/// var column = estimator.Fit(data).Columns[0];
/// Console.WriteLine(column.Gamma[0] > column.Gamma[2]);   // True
/// </code>
/// </example>
public sealed record LearnedAffine
{
    /// <summary>Passes over the data; positive, default 20.</summary>
    public int Epochs { get; init => field = Require.Positive(value); } = 20;

    /// <summary>Rows per step; at least 2, default 64.</summary>
    public int BatchSize { get; init => field = Require.AtLeast(2, value); } = 64;

    /// <summary>Size of the first step, which falls linearly to 0; positive, default 0.01.</summary>
    public float LearningRate { get; init => field = Require.Positive(value); } = 0.01f;

    /// <summary>
    /// lambda in lambda / 2 * (sum of weight^2 + sum of (gamma - 1)^2), which is added to the mean loss; 0 or more, default 0.001.
    /// </summary>
    public float Penalty { get; init => field = Require.NotNegative(value); } = 1e-3f;

    /// <summary>Decides the order of the rows; default null: drawn from the MLContext when the estimator is made.</summary>
    public int? Seed { get; init; }
}
