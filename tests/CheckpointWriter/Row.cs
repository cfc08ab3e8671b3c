using Microsoft.ML.Data;

namespace MLNet.BatchNorm.CheckpointWriter;

/// <summary>A row of noise.</summary>
internal sealed class Row
{
    public bool Label { get; init; }

    [VectorType(64)]
    public float[] Features { get; init; } = [];
}
