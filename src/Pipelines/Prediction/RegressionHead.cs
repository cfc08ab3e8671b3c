using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>A number: Score, in the unit of the label. The annotations are those of ML.NET's own regression models.</summary>
/// <param name="link">What the output of the network is to the number.</param>
internal sealed class RegressionHead(Link link) : PredictionHead
{
    // A task of its own and no byte behind it: a version that knows no links then says that it cannot read the model.
    public const byte TaskCode = 3, LogLinkTaskCode = 4;

    private const string Regression = "Regression";

    public override int Outputs => 1;

    /// <summary>What the output of the network is to the number.</summary>
    public Link Link => link;

    /// <summary>One of those with this link, which all make the same prediction of an output.</summary>
    public override Loss Loss { get; } = link == Link.Log ? new PoissonDeviance() : new SquaredError();

    /// <summary>What a trainer promises of the column.</summary>
    public static IEnumerable<SchemaShape.Column> Promise() =>
    [
        MLNetInternals.ShapeColumn(
            ColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, isKey: false, ScoreAnnotations.Promise()),
    ];

    /// <summary>Reads what <see cref="Write"/> wrote, behind the task.</summary>
    public static RegressionHead ReadRegression(PayloadReader payload, int outputs, Link link) =>
        outputs == 1 ? new RegressionHead(link) : throw payload.Invalid($"it has {outputs} outputs for one number.");

    public override bool SharesLabelsWith(PredictionHead other) => other is RegressionHead;

    public override IEnumerable<DataViewSchema.DetachedColumn> OutputColumns(DataViewSchema inputSchema)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ScoreAnnotations.Add(annotations, ScoreAnnotations.NextSet(inputSchema), Regression, ColumnNames.Score);
        yield return new(ColumnNames.Score, NumberDataViewType.Single, annotations.ToAnnotations());
    }

    /// <summary>Scores are predictions.</summary>
    public override void ToScores(Span<float> outputs) => link.ToPredictions(outputs);

    public override Delegate CreateGetter(int output, IRowScores scores) =>
        (ValueGetter<float>)((ref float score) => score = scores.Current[0]);

    public override IEnumerable<OnnxOutput> AddTo(OnnxGraph graph, string outputs) =>
        [new(ColumnNames.Score, link == Link.Log ? AddExp(graph, outputs) : outputs, OnnxType.Float, 1)];

    public override void Write(PayloadWriter payload) => payload.Write(link == Link.Log ? LogLinkTaskCode : TaskCode);

    public override string ToString() => "numbers";

    private static string AddExp(OnnxGraph graph, string outputs)
    {
        var notLower = graph.Node("Max", "head.notLower", [outputs, graph.Constant("head.lowest", [LinkExtensions.LowestLog], 1)]);
        var within = graph.Node("Min", "head.within", [notLower, graph.Constant("head.highest", [LinkExtensions.HighestLog], 1)]);
        return graph.Node("Exp", "head.exp", [within]);
    }
}
