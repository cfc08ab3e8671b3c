using Microsoft.ML.Data;

namespace MLNet.BatchNorm.ModelLoader;

/// <summary>A row that every kind of model under test takes what it needs from.</summary>
public sealed class ModelInput
{
    public string Label { get; set; } = "";

    public bool IsHigh { get; set; }

    public int Number { get; set; }

    public float Level { get; set; }

    public double Wide { get; set; }

    [VectorType(4)]
    public float[] Features { get; set; } = [];

    [VectorType(3, 2, 2)]
    public float[] Image { get; set; } = [];
}
