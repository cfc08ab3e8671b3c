using Microsoft.ML;
using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>What becomes of the outputs of a network: which columns a task adds, and how they are read off the scores of a row.</summary>
internal abstract class PredictionHead
{
    /// <summary>Outputs of the network.</summary>
    public abstract int Outputs { get; }

    /// <summary>The loss whose predictions these are.</summary>
    public abstract Loss Loss { get; }

    /// <summary>What the outputs stand for, in words; none where they have no names.</summary>
    public virtual IReadOnlyList<string> Labels => [];

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="payload">Stands on the task.</param>
    /// <param name="outputs">Outputs of the network.</param>
    public static PredictionHead Read(PayloadReader payload, int outputs) => payload.ReadByte() switch
    {
        MulticlassHead.TaskCode => MulticlassHead.ReadMulticlass(payload, outputs),
        BinaryHead.TaskCode => BinaryHead.ReadBinary(payload, outputs),
        RegressionHead.TaskCode => RegressionHead.ReadRegression(payload, outputs, Link.Identity),
        RegressionHead.LogLinkTaskCode => RegressionHead.ReadRegression(payload, outputs, Link.Log),
        var task => throw payload.Invalid($"its task {task} is unknown. A newer version of MLNet.BatchNorm may read it."),
    };

    /// <summary>Whether rows that were labelled for <paramref name="other"/> mean the same here.</summary>
    public abstract bool SharesLabelsWith(PredictionHead other);

    /// <summary>
    /// For every class its number in <paramref name="previous"/>, or <see cref="OutputClasses.Unknown"/> if it is new; null if a previous
    /// class is missing here, or the two do not predict the same kind of thing.
    /// </summary>
    public virtual int[]? ClassesIn(PredictionHead previous) => null;

    /// <summary>The columns to add behind those of <paramref name="inputSchema"/>.</summary>
    public abstract IEnumerable<DataViewSchema.DetachedColumn> OutputColumns(DataViewSchema inputSchema);

    /// <summary>Turns rows of outputs of the network into scores, in place.</summary>
    public abstract void ToScores(Span<float> outputs);

    /// <summary>A getter for output column number <paramref name="output"/> that reads the scores of the current row.</summary>
    public abstract Delegate CreateGetter(int output, IRowScores scores);

    /// <summary>Adds the columns to a graph, by their names.</summary>
    /// <param name="graph">Where to.</param>
    /// <param name="outputs">Variable of the network's outputs, [N, outputs].</param>
    public abstract IEnumerable<OnnxOutput> AddTo(OnnxGraph graph, string outputs);

    /// <summary>Writes the task and what it needs to know.</summary>
    public abstract void Write(PayloadWriter payload);
}
