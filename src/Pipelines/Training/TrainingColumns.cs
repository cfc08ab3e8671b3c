using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>The columns a trainer reads, found and checked.</summary>
internal readonly record struct TrainingColumns(DataViewSchema.Column Label, DataViewSchema.Column Features, DataViewSchema.Column? Weight)
{
    private const string LabelRole = "label", FeatureRole = "feature", WeightRole = "weight";
    private const string ExpectedFeatures = "a vector of Single of known size";
    private const string ExpectedWeight = "Single";

    /// <summary>What the features are to the network.</summary>
    public FeatureLayout Layout { get; init; }

    /// <summary>Number of features per row.</summary>
    public int FeatureCount => ((VectorDataViewType)Features.Type).Size;

    /// <summary>Label, features and, if there are any, weights.</summary>
    public IEnumerable<DataViewSchema.Column> All => Weight is { } weight ? [Label, Features, weight] : [Label, Features];

    /// <summary>The columns of a data view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static TrainingColumns Of(DataViewSchema schema, NeuralNetworkOptions options, LearningTask task)
    {
        var label = ColumnTypes.Find(schema, LabelRole, options.LabelColumnName);
        if (!task.Takes(label.Type))
            throw ColumnTypes.Mismatch(nameof(schema), LabelRole, label.Name, task.ExpectedLabel, label.Type);
        DataViewSchema.Column? weight = options.ExampleWeightColumnName is { } name ? ColumnTypes.Find(schema, WeightRole, name) : null;
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
    public static SchemaShape.Column CheckLabel(SchemaShape inputSchema, NeuralNetworkOptions options, LearningTask task)
    {
        var label = ColumnTypes.Find(inputSchema, LabelRole, options.LabelColumnName);
        if (!task.Takes(label))
            throw ColumnTypes.Mismatch(nameof(inputSchema), LabelRole, label.Name, task.ExpectedLabel, ColumnTypes.Describe(label));
        var features = ColumnTypes.Find(inputSchema, FeatureRole, options.FeatureColumnName);
        if (features.IsKey || features.ItemType != NumberDataViewType.Single || features.Kind != SchemaShape.Column.VectorKind.Vector)
            throw ColumnTypes.Mismatch(nameof(inputSchema), FeatureRole, features.Name, ExpectedFeatures, ColumnTypes.Describe(features));
        if (options.ExampleWeightColumnName is { } name && ColumnTypes.Find(inputSchema, WeightRole, name) is var weight
            && (weight.IsKey || weight.ItemType != NumberDataViewType.Single || weight.Kind != SchemaShape.Column.VectorKind.Scalar))
            throw ColumnTypes.Mismatch(nameof(inputSchema), WeightRole, name, ExpectedWeight, ColumnTypes.Describe(weight));
        return label;
    }
}
