using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Tasks;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>The columns a trainer reads, found and checked.</summary>
internal readonly record struct TrainingColumns(SourceColumn Label, SourceColumn Features, SourceColumn? Weight)
{
    private const string ExpectedFeatures = "a vector of Single of known size";

    /// <summary>What the features are to the network.</summary>
    public FeatureLayout Layout { get; init; }

    /// <summary>Whether a label below 0 is an error.</summary>
    public bool RefusesNegativeLabels { get; private init; }

    /// <summary>Number of features per row.</summary>
    public int FeatureCount => ((VectorDataViewType)Features.Type).Size;

    /// <summary>Label, features and, if there are any, weights.</summary>
    public IEnumerable<DataViewSchema.Column> All =>
        Weight is { } weight ? [Label.Column, Features.Column, weight.Column] : [Label.Column, Features.Column];

    /// <summary>The columns of the training data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static TrainingColumns Of(DataViewSchema schema, NeuralNetworkOptions options, LearningTask task) =>
        Of(schema, options, task, reference => reference);

    /// <summary>The columns of the option ValidationData, which must be like those of the training data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">It has another number of features, or other labels.</exception>
    public TrainingColumns InValidationData(
        DataViewSchema schema, NeuralNetworkOptions options, LearningTask task, PredictionHead head)
    {
        var columns = Of(schema, options, task, reference => reference.In(nameof(options.ValidationData)));
        if (columns.FeatureCount != FeatureCount)
            throw columns.Features.Contradiction(
                $"Column {columns.Features.Subject} has {columns.FeatureCount} features, that of the training data {FeatureCount}. "
                + columns.Features.Reference.DataRemedy);
        Layout.Check(columns.Features);
        var headOfValidation = task.HeadFor(columns.Label, options);
        return headOfValidation.SharesLabelsWith(head)
            ? columns with { Layout = Layout }
            : throw columns.Label.Contradiction(
                $"Column {columns.Label.Subject} has other key values than in the training data: {headOfValidation}, and not {head}. "
                + "Map both with one fitted MapValueToKey.");
    }

    /// <summary>The feature column as the options name it.</summary>
    public static ColumnReference FeaturesOf(NeuralNetworkOptions options) =>
        FeatureReference(options.FeatureColumnName, nameof(options.FeatureColumnName));

    /// <summary>The feature column called <paramref name="name"/>; errors name <paramref name="parameter"/>.</summary>
    public static ColumnReference FeatureReference(string name, string parameter) => new("feature", name, parameter);

    /// <summary>The feature column of a data view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static SourceColumn FindFeatures(DataViewSchema schema, ColumnReference reference)
    {
        var features = reference.Find(schema);
        return features.Type is VectorDataViewType { IsKnownSize: true, ItemType: var item } && item == NumberDataViewType.Single
            ? features
            : throw features.Mismatch(ExpectedFeatures, Remedies.ForFeatures(ColumnType.Of(features.Type)));
    }

    /// <summary>Checks the promised columns and returns that of the label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static SchemaShape.Column CheckLabel(SchemaShape inputSchema, NeuralNetworkOptions options, LearningTask task)
    {
        var label = LabelReader.Find(inputSchema, LabelReader.Reference(options.LabelColumnName), task.ExpectedLabel, task.Label);
        var reference = FeaturesOf(options);
        var features = reference.Find(inputSchema);
        if (features.IsKey || features.ItemType != NumberDataViewType.Single || features.Kind != SchemaShape.Column.VectorKind.Vector)
            throw reference.Mismatch(ExpectedFeatures, features, Remedies.ForFeatures(ColumnType.Of(features)));
        WeightReader.Check(inputSchema, WeightReader.Reference(options.ExampleWeightColumnName));
        return label;
    }

    private static TrainingColumns Of(
        DataViewSchema schema, NeuralNetworkOptions options, LearningTask task, Func<ColumnReference, ColumnReference> place)
    {
        var label = LabelReader.Find(schema, place(LabelReader.Reference(options.LabelColumnName)), task.ExpectedLabel, task.Label);
        var weight = WeightReader.Reference(options.ExampleWeightColumnName) is { } named ? WeightReader.Find(schema, place(named)) : null;
        return new TrainingColumns(label, FindFeatures(schema, place(FeaturesOf(options))), weight)
        {
            RefusesNegativeLabels = task.RefusesNegativeLabels(options),
        };
    }
}
