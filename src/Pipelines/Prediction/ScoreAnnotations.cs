using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>The annotations by which ML.NET recognizes the columns of one model's predictions.</summary>
internal static class ScoreAnnotations
{
    public const string MulticlassClassification = "MulticlassClassification";

    private static readonly KeyDataViewType ScoreSetType = new(typeof(uint), int.MaxValue);

    /// <summary>What a trainer promises.</summary>
    public static IEnumerable<SchemaShape.Column> Promise() =>
    [
        MLNetInternals.ShapeColumn(
            AnnotationKinds.ScoreColumnSetId, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true),
        MLNetInternals.ShapeColumn(AnnotationKinds.ScoreColumnKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance),
        MLNetInternals.ShapeColumn(AnnotationKinds.ScoreValueKind, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance),
    ];

    /// <summary>What the predictions carry.</summary>
    public static void Add(DataViewSchema.Annotations.Builder annotations, uint scoreSet, string task, string valueKind)
    {
        annotations.Add(AnnotationKinds.ScoreColumnSetId, ScoreSetType, (ref uint value) => value = scoreSet);
        annotations.Add(AnnotationKinds.ScoreColumnKind, TextDataViewType.Instance, Text(task));
        annotations.Add(AnnotationKinds.ScoreValueKind, TextDataViewType.Instance, Text(valueKind));

        static ValueGetter<ReadOnlyMemory<char>> Text(string text) => (ref ReadOnlyMemory<char> value) => value = text.AsMemory();
    }

    /// <summary>A number that no other model's predictions in the data have.</summary>
    public static uint NextSet(DataViewSchema schema)
    {
        uint last = 0;
        foreach (var column in schema)
            last = Math.Max(last, SetOf(column));
        return last + 1;
    }

    private static uint SetOf(DataViewSchema.Column column)
    {
        uint set = 0;
        var type = column.Annotations.Schema.GetColumnOrNull(AnnotationKinds.ScoreColumnSetId)?.Type;
        if (type is KeyDataViewType { RawType: var raw } && raw == typeof(uint))
            column.Annotations.GetValue(AnnotationKinds.ScoreColumnSetId, ref set);
        return set;
    }
}
