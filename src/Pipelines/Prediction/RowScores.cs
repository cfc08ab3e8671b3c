using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>The scores of the row that a row or cursor stands on.</summary>
internal interface IRowScores
{
    /// <summary>One per output of the network.</summary>
    ReadOnlySpan<float> Current { get; }
}

/// <summary>Scores that are computed when they are asked for, once per row however many columns ask.</summary>
internal sealed class RowScores(DataViewRow row, RowReader<float> features, NeuralNetworkModelParameters model) : IRowScores
{
    private readonly SparseBuffer sparse = new();
    private readonly float[] scores = new float[model.OutputCount];
    private float[] dense = [];   // made when the first dense row comes
    private long? scored;

    public ReadOnlySpan<float> Current
    {
        get
        {
            if (row.Position != scored)
            {
                Score();
                scored = row.Position;
            }

            return scores;
        }
    }

    // Sparse or dense, a row has the same scores to the last bit.
    private void Score()
    {
        ref readonly var vector = ref features.ReadVector();
        if (!vector.IsDense && model.TakesSparseRows)
        {
            sparse.Clear();
            sparse.Add(vector.GetValues(), vector.GetIndices());
            model.Score(sparse.All, scores);
            return;
        }

        if (dense.Length == 0)
            dense = new float[features.Slots];
        vector.CopyTo(dense);
        model.Score(dense, scores);
    }
}
