using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>Reads the column of example weights.</summary>
internal sealed class WeightReader(DataViewRow row, SourceColumn weight)
{
    private const string Expected = "Single";

    private readonly ValueGetter<float> getter = row.GetGetter<float>(weight.Column);

    /// <summary>The weight as the options of every estimator here name it; null if they do not.</summary>
    public static ColumnReference? Reference(string? name) =>
        name is null ? null : new ColumnReference("weight", name, nameof(BatchNormalizationOptions.ExampleWeightColumnName));

    /// <summary>Finds the weight; null if none is named.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not of type Single.</exception>
    public static SourceColumn? Find(DataViewSchema schema, ColumnReference? weight)
    {
        if (weight?.Find(schema) is not { } found)
            return null;
        return found.Type == NumberDataViewType.Single
            ? found
            : throw found.Mismatch(Expected, Remedies.ForWeight(ColumnType.Of(found.Type)));
    }

    /// <summary>Checks the promised weight, if one is named.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or not of type Single.</exception>
    public static void Check(SchemaShape inputSchema, ColumnReference? weight)
    {
        if (weight is not { } reference)
            return;
        var found = reference.Find(inputSchema);
        if (found.IsKey || found.ItemType != NumberDataViewType.Single || found.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw reference.Mismatch(Expected, found, Remedies.ForWeight(ColumnType.Of(found)));
    }

    /// <summary>The weight of the row at hand.</summary>
    /// <exception cref="InvalidOperationException">It is negative, infinite or missing.</exception>
    public float Read()
    {
        var value = 0f;
        getter(ref value);
        return float.IsFinite(value) && value >= 0
            ? value
            : throw new InvalidOperationException(
                $"Column {weight.Subject} has the weight {value} in row {row.Position}. Weights must be finite and 0 or more.");
    }
}
