using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>A number: Score, in the unit of the label. The annotations are those of ML.NET's own regression models.</summary>
internal sealed class RegressionHead : PredictionHead
{
    public const byte TaskCode = 3;

    private const string Regression = "Regression";

    public override int Outputs => 1;

    public override Loss Loss { get; } = new SquaredError();

    /// <summary>What a trainer promises of the column.</summary>
    public static IEnumerable<SchemaShape.Column> Promise() =>
    [
        MLNetInternals.ShapeColumn(
            ColumnNames.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, isKey: false, ScoreAnnotations.Promise()),
    ];

    /// <summary>Reads what <see cref="Write"/> wrote, behind the task.</summary>
    public static RegressionHead ReadRegression(PayloadReader payload, int outputs) =>
        outputs == 1 ? new RegressionHead() : throw payload.Invalid($"it has {outputs} outputs for one number.");

    public override bool SharesLabelsWith(PredictionHead other) => other is RegressionHead;

    public override IEnumerable<DataViewSchema.DetachedColumn> OutputColumns(DataViewSchema inputSchema)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        ScoreAnnotations.Add(annotations, ScoreAnnotations.NextSet(inputSchema), Regression, ColumnNames.Score);
        yield return new(ColumnNames.Score, NumberDataViewType.Single, annotations.ToAnnotations());
    }

    /// <summary>The outputs are the scores.</summary>
    public override void ToScores(Span<float> outputs)
    {
    }

    public override Delegate CreateGetter(int output, IRowScores scores) =>
        (ValueGetter<float>)((ref float score) => score = scores.Current[0]);

    public override void Write(PayloadWriter payload) => payload.Write(TaskCode);

    public override string ToString() => "numbers";
}
