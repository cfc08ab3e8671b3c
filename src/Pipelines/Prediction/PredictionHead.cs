using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>What becomes of the outputs of a network: which columns a task adds, and how they are read off the scores of a row.</summary>
internal abstract class PredictionHead
{
    /// <summary>The columns to add behind those of <paramref name="inputSchema"/>.</summary>
    public abstract IEnumerable<DataViewSchema.DetachedColumn> OutputColumns(DataViewSchema inputSchema);

    /// <summary>A getter for output column number <paramref name="output"/> that reads the scores of the current row.</summary>
    public abstract Delegate CreateGetter(int output, IRowScores scores);

    /// <summary>Writes the task and what it needs to know.</summary>
    public abstract void Write(PayloadWriter payload);
}
