using Microsoft.ML;
using MLNet.BatchNorm.Transforms;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>The scores of the row a cursor stands on, computed once however many columns ask.</summary>
internal sealed class RowScores(DataViewRow row, RowReader<float> features, NeuralNetworkModelParameters model)
{
    private readonly float[] inputs = new float[features.Slots];
    private readonly float[] scores = new float[model.OutputCount];
    private long? scored;

    /// <summary>Predictions for the current row.</summary>
    public ReadOnlySpan<float> Current
    {
        get
        {
            if (row.Position != scored)
            {
                features.Read(inputs);
                model.Predict(inputs, scores);
                scored = row.Position;
            }

            return scores;
        }
    }
}
