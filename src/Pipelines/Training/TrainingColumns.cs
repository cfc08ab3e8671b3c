using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>The columns a multiclass trainer reads, found and checked.</summary>
internal readonly record struct TrainingColumns(DataViewSchema.Column Label, DataViewSchema.Column Features, DataViewSchema.Column? Weight)
{
    private const string LabelRole = "label", FeatureRole = "feature", WeightRole = "weight";
    private const string ExpectedLabel = "Key<UInt32> (append Conversion.MapValueToKey for it before the trainer)";
    private const string ExpectedFeatures = "a vector of Single of known size";
    private const string ExpectedWeight = "Single";

    /// <summary>Number of classes: the number of keys of the label.</summary>
    public int ClassCount => (int)((KeyDataViewType)Label.Type).Count;

    /// <summary>Number of features per row.</summary>
    public int FeatureCount => ((VectorDataViewType)Features.Type).Size;

    /// <summary>The columns of a data view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static TrainingColumns Of(DataViewSchema schema, NeuralNetworkOptions options)
    {
        var label = ColumnTypes.Find(schema, LabelRole, options.LabelColumnName);
        if (label.Type is not KeyDataViewType { RawType: var raw, Count: var count } || raw != typeof(uint))
            throw ColumnTypes.Mismatch(nameof(schema), LabelRole, label.Name, ExpectedLabel, label.Type);
        if (count > (ulong)Array.MaxLength)
            throw ColumnTypes.Mismatch(nameof(schema), LabelRole, label.Name, $"a key with at most {Array.MaxLength} values, one per class", label.Type);
        var weight = options.ExampleWeightColumnName is { } name ? ColumnTypes.Find(schema, WeightRole, name) : (DataViewSchema.Column?)null;
        if (weight is { } w && w.Type != NumberDataViewType.Single)
            throw ColumnTypes.Mismatch(nameof(schema), WeightRole, w.Name, ExpectedWeight, w.Type);
        return new TrainingColumns(label, FindFeatures(schema, options.FeatureColumnName), weight);
    }

    /// <summary>The feature column of a data view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static DataViewSchema.Column FindFeatures(DataViewSchema schema, string name)
    {
        var features = ColumnTypes.Find(schema, FeatureRole, name);
        return features.Type is VectorDataViewType { IsKnownSize: true, ItemType: var item } && item == NumberDataViewType.Single
            ? features
            : throw ColumnTypes.Mismatch(nameof(schema), FeatureRole, name, ExpectedFeatures, features.Type);
    }

    /// <summary>Checks the promised columns and returns that of the label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static SchemaShape.Column CheckLabel(SchemaShape inputSchema, NeuralNetworkOptions options)
    {
        var label = ColumnTypes.Find(inputSchema, LabelRole, options.LabelColumnName);
        if (!label.IsKey || label.ItemType != NumberDataViewType.UInt32 || label.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw ColumnTypes.Mismatch(nameof(inputSchema), LabelRole, label.Name, ExpectedLabel, ColumnTypes.Describe(label));
        var features = ColumnTypes.Find(inputSchema, FeatureRole, options.FeatureColumnName);
        if (features.IsKey || features.ItemType != NumberDataViewType.Single || features.Kind != SchemaShape.Column.VectorKind.Vector)
            throw ColumnTypes.Mismatch(nameof(inputSchema), FeatureRole, features.Name, ExpectedFeatures, ColumnTypes.Describe(features));
        if (options.ExampleWeightColumnName is { } name && ColumnTypes.Find(inputSchema, WeightRole, name) is var weight
            && (weight.IsKey || weight.ItemType != NumberDataViewType.Single || weight.Kind != SchemaShape.Column.VectorKind.Scalar))
            throw ColumnTypes.Mismatch(nameof(inputSchema), WeightRole, name, ExpectedWeight, ColumnTypes.Describe(weight));
        return label;
    }
}
