using Microsoft.ML.Data;

namespace MLNet.BatchNorm.ModelLoader;

/// <summary>What the models under test give; a column that a model does not have stays null or 0.</summary>
public sealed class ModelOutput
{
    public float Level { get; set; }

    public double Wide { get; set; }

    [VectorType(4)]
    public float[]? Features { get; set; }

    public float[]? Image { get; set; }

    public float[]? Score { get; set; }

    public string? PredictedText { get; set; }

    public int PredictedNumber { get; set; }
}
