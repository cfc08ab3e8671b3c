using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Reads the column of example weights.</summary>
internal sealed class ExampleWeights(DataViewRow row, DataViewSchema.Column column)
{
    private const string Role = "weight", Expected = "Single";

    private readonly ValueGetter<float> getter = row.GetGetter<float>(column);

    /// <summary>The column called <paramref name="name"/>; null if no name is given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or not of type Single.</exception>
    public static DataViewSchema.Column? Find(DataViewSchema schema, string? name)
    {
        if (name is null)
            return null;
        var found = ColumnTypes.Find(schema, Role, name);
        return found.Type == NumberDataViewType.Single
            ? found
            : throw ColumnTypes.Mismatch(nameof(schema), Role, name, Expected, found.Type);
    }

    /// <summary>Checks the promised column called <paramref name="name"/>, if one is named.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or not of type Single.</exception>
    public static void Check(SchemaShape inputSchema, string? name)
    {
        if (name is null)
            return;
        var found = ColumnTypes.Find(inputSchema, Role, name);
        if (found.IsKey || found.ItemType != NumberDataViewType.Single || found.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw ColumnTypes.Mismatch(nameof(inputSchema), Role, name, Expected, ColumnTypes.Describe(found));
    }

    /// <summary>The weight of the current row.</summary>
    /// <exception cref="InvalidOperationException">It is negative, infinite or missing.</exception>
    public float Read()
    {
        var weight = 0f;
        getter(ref weight);
        return float.IsFinite(weight) && weight >= 0
            ? weight
            : throw new InvalidOperationException(
                $"Column '{column.Name}' has the weight {weight} in row {row.Position}. Weights must be finite and 0 or more.");
    }
}
