using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Pipelines.Prediction;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>
/// What sets one kind of prediction apart from the others: the label that is read, the loss, and the columns that are predicted.
/// </summary>
internal abstract class LearningTask
{
    /// <summary>The label column in words, for messages.</summary>
    public abstract string ExpectedLabel { get; }

    /// <summary>Whether the targets are brought to mean 0 and deviation 1 for training.</summary>
    public virtual bool StandardizesTargets => false;

    /// <summary>Refuses options that this kind of prediction cannot use; called before any row is read.</summary>
    /// <exception cref="ArgumentException">The message names the option.</exception>
    public virtual void Check(NeuralNetworkOptions options)
    {
    }

    /// <summary>Whether the label may have this type.</summary>
    public abstract bool Takes(DataViewType label);

    /// <summary>Whether the label may be this promised column.</summary>
    public abstract bool Takes(SchemaShape.Column label);

    /// <summary>The columns a trainer promises, given the promise of the label.</summary>
    public abstract IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label);

    /// <summary>What becomes of the outputs of a network that was trained on this label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The label has values that cannot be predicted.</exception>
    public abstract PredictionHead HeadFor(DataViewSchema.Column label);

    /// <summary>Number of classes that <see cref="TargetGetter"/> counts.</summary>
    /// <exception cref="NotSupportedException">The label is no class.</exception>
    public abstract int ClassCount(DataViewSchema.Column label);

    /// <summary>Gives the target of the row at hand: a class counted from 0, or a number; NaN where the label is missing.</summary>
    public abstract Func<float> TargetGetter(DataViewRow row, DataViewSchema.Column label);

    /// <summary>What training makes small.</summary>
    public abstract Loss Loss(NeuralNetworkOptions options);
}
