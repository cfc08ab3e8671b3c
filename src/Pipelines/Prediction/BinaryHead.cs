using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>
/// Yes or no: PredictedLabel, Score, the logit z, and Probability = 1 / (1 + exp(-z)). The annotations are those of ML.NET's own calibrated
/// binary models.
/// </summary>
internal sealed class BinaryHead : PredictionHead
{
    public const byte TaskCode = 2;

    private const string BinaryClassification = "BinaryClassification";

    public override int Outputs => 1;

    public override Loss Loss { get; } = new SigmoidCrossEntropy();

    /// <summary>What a trainer promises of these columns.</summary>
    public static IEnumerable<SchemaShape.Column> Promise() =>
    [
        Scalar(ColumnNames.PredictedLabel, BooleanDataViewType.Instance, []),
        Scalar(ColumnNames.Score, NumberDataViewType.Single, []),
        Scalar(ColumnNames.Probability, NumberDataViewType.Single, [Scalar(AnnotationKinds.IsNormalized)]),
    ];

    /// <summary>Reads what <see cref="Write"/> wrote, behind the task.</summary>
    public static BinaryHead ReadBinary(PayloadReader payload, int outputs) =>
        outputs == 1 ? new BinaryHead() : throw payload.Invalid($"it has {outputs} outputs for one probability.");

    public override bool SharesLabelsWith(PredictionHead other) => other is BinaryHead;

    public override IEnumerable<DataViewSchema.DetachedColumn> OutputColumns(DataViewSchema inputSchema)
    {
        var scoreSet = ScoreAnnotations.NextSet(inputSchema);
        yield return new(ColumnNames.PredictedLabel, BooleanDataViewType.Instance, Annotations(ColumnNames.PredictedLabel));
        yield return new(ColumnNames.Score, NumberDataViewType.Single, Annotations(ColumnNames.Score));
        yield return new(ColumnNames.Probability, NumberDataViewType.Single, Annotations(ColumnNames.Probability));

        DataViewSchema.Annotations Annotations(string column)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            ScoreAnnotations.Add(annotations, scoreSet, BinaryClassification, valueKind: column);
            if (column == ColumnNames.Probability)
                annotations.Add(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, (ref bool value) => value = true);
            return annotations.ToAnnotations();
        }
    }

    /// <summary>The outputs stay logits.</summary>
    public override void ToScores(Span<float> outputs)
    {
    }

    public override Delegate CreateGetter(int output, IRowScores scores) => output switch
    {
        0 => (ValueGetter<bool>)((ref bool label) => label = scores.Current[0] > 0),
        1 => (ValueGetter<float>)((ref float score) => score = scores.Current[0]),
        _ => (ValueGetter<float>)((ref float probability) =>
        {
            probability = scores.Current[0];
            Loss.Activate(new Span<float>(ref probability), columns: 1);
        }),
    };

    public override IEnumerable<OnnxOutput> AddTo(OnnxGraph graph, string outputs) =>
    [
        new(
            ColumnNames.PredictedLabel,
            graph.Node("Greater", "head.isPositive", [outputs, graph.Constant("head.zero", [0f], 1)]), OnnxType.Bool, 1),
        new(ColumnNames.Score, outputs, OnnxType.Float, 1),
        new(ColumnNames.Probability, graph.Node("Sigmoid", "head.sigmoid", [outputs]), OnnxType.Float, 1),
    ];

    public override void Write(PayloadWriter payload) => payload.Write(TaskCode);

    public override string ToString() => "no and yes";

    private static SchemaShape.Column Scalar(string name, DataViewType type, IEnumerable<SchemaShape.Column> more) =>
        MLNetInternals.ShapeColumn(
            name, SchemaShape.Column.VectorKind.Scalar, type, isKey: false, [.. ScoreAnnotations.Promise(), .. more]);

    private static SchemaShape.Column Scalar(string name) =>
        MLNetInternals.ShapeColumn(name, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance);
}
