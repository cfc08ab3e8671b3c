using Microsoft.ML;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Pipelines.Prediction;
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

    /// <summary>Whether the targets are brought to mean 0 and deviation 1 for training.</summary>
    public virtual bool StandardizesTargets => false;

    /// <summary>Refuses options that this kind of prediction cannot use; called before any row is read.</summary>
    /// <exception cref="ArgumentException">The message names the option.</exception>
    public virtual void Check(NeuralNetworkOptions options)
    {
    }

    /// <summary>The columns a trainer promises, given the promise of the label.</summary>
    public abstract IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label);

    /// <summary>What becomes of the outputs of a network that was trained on this label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label has values that cannot be predicted.</exception>
    public abstract PredictionHead HeadFor(SourceColumn label);

    /// <summary>What training makes small.</summary>
    public abstract Loss Loss(NeuralNetworkOptions options);
}
