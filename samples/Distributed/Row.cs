using Microsoft.ML.Data;

namespace Distributed;

/// <summary>A row of the part files.</summary>
internal sealed class Row
{
    public const int Features = 10, Classes = 3;

    // All ranks know all classes, also those that their rows do not have.
    [LoadColumn(0), KeyType(Classes)]
    public uint Label { get; set; }

    [LoadColumn(1, Features), VectorType(Features), ColumnName(nameof(Features))]
    public float[] Values { get; set; } = [];
}
