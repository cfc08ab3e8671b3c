using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>
/// What sets one kind of prediction apart from the others: the label that is read, the loss, and the columns that are predicted.
/// </summary>
internal abstract class LearningTask
{
    /// <summary>What the label column must hold.</summary>
    public abstract LabelKind Label { get; }

    /// <summary>The label column in words, for messages.</summary>
    public abstract string ExpectedLabel { get; }

    /// <summary>
    /// Refuses options that this kind of prediction cannot use, here those of numbers; called before any row is read.
    /// </summary>
    /// <exception cref="ArgumentException">The message names the option.</exception>
    public virtual void Check(NeuralNetworkOptions options)
    {
        if (options.RegressionLoss != RegressionLoss.Squared)
            throw new ArgumentException(
                $"The option RegressionLoss is {options.RegressionLoss}, which needs a label that is a number. Leave it out for classes.");
    }

    /// <summary>Whether a label below 0 is an error.</summary>
    public virtual bool RefusesNegativeLabels(NeuralNetworkOptions options) => false;

    /// <summary>The unit in which targets are trained on; null: as they are.</summary>
    public virtual ITargetScale? TargetScaleOf(RowSource rows, NeuralNetworkOptions options, Ranks? ranks) => null;

    /// <summary>What options leave to so many training rows, of all ranks.</summary>
    public TrainingDefaults DefaultsFor(int rows, bool areSparse) => areSparse ? TrainingDefaults.ForSparse(rows) : DefaultsFor(rows);

    /// <summary>What options leave to so many dense training rows.</summary>
    protected virtual TrainingDefaults DefaultsFor(int rows) => TrainingDefaults.ForClasses(rows);

    /// <summary>The outputs to start from, which need no features; null: 0.</summary>
    public virtual float[]? PriorOf(RowSource training, int outputs, Ranks? ranks) => null;

    /// <summary>The columns a trainer promises, given the promise of the label.</summary>
    public abstract IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label);

    /// <summary>What becomes of the outputs of a network that was trained on this label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label has values that cannot be predicted.</exception>
    public abstract PredictionHead HeadFor(SourceColumn label, NeuralNetworkOptions options);

    /// <summary>What training makes small.</summary>
    public abstract Loss Loss(NeuralNetworkOptions options);
}
