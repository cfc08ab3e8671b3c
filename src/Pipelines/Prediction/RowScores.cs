using Microsoft.ML;
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
    private readonly float[] inputs = new float[features.Slots];
    private readonly float[] scores = new float[model.OutputCount];
    private long? scored;

    public ReadOnlySpan<float> Current
    {
        get
        {
            if (row.Position != scored)
            {
                features.Read(inputs);
                model.Score(inputs, scores);
                scored = row.Position;
            }

            return scores;
        }
    }
}
