using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Pipelines.Labels;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>
/// One of several classes: PredictedLabel, a key with the label's key values, and Score, the probability of each class. The annotations are
/// those of ML.NET's own multiclass models, so that its evaluators and MapKeyToValue work on them.
/// </summary>
internal sealed class MulticlassHead(int classCount, KeyValues? keyValues) : PredictionHead
{
    public const byte TaskCode = 1;

    private const int PredictedLabelOutput = 0;

    private static readonly long[] ClassAxis = [1];

    private readonly KeyValues? keyValues = keyValues;

    public override int Outputs => classCount;

    public override Loss Loss { get; } = new SoftmaxCrossEntropy();

    public override IReadOnlyList<string> Labels =>
        keyValues is null ? [] : [.. Enumerable.Range(0, keyValues.Count).Select(keyValues.TextOf)];

    /// <summary>What a trainer promises of these columns, given the promise of the label.</summary>
    public static IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label)
    {
        var keyValues = label.Annotations.Where(annotation => annotation.Name == AnnotationKinds.KeyValues).ToArray();
        yield return MLNetInternals.ShapeColumn(
            ColumnNames.PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true,
            [.. keyValues, .. ScoreAnnotations.Promise()]);

        var classNames = keyValues.Where(annotation => annotation.ItemType is TextDataViewType)
            .Select(annotation => Vector(AnnotationKinds.SlotNames, annotation.ItemType));
        var classValues = keyValues.Select(annotation => Vector(AnnotationKinds.TrainingLabelValues, annotation.ItemType));
        yield return MLNetInternals.ShapeColumn(
            ColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false,
            [.. classNames, .. classValues, .. ScoreAnnotations.Promise()]);

        static SchemaShape.Column Vector(string name, DataViewType itemType) =>
            MLNetInternals.ShapeColumn(name, SchemaShape.Column.VectorKind.Vector, itemType);
    }

    /// <summary>Reads what <see cref="Write"/> wrote, behind the task.</summary>
    public static MulticlassHead ReadMulticlass(PayloadReader payload, int outputs)
    {
        var keyValues = payload.ReadBoolean() ? KeyValues.Read(payload) : null;
        if (keyValues is not null && keyValues.Count != outputs)
            throw payload.Invalid($"it has {keyValues.Count} key values for {outputs} classes.");
        return new MulticlassHead(outputs, keyValues);
    }

    public override bool SharesLabelsWith(PredictionHead other) =>
        other is MulticlassHead same
        && same.Outputs == Outputs
        && (keyValues is null ? same.keyValues is null : keyValues.Matches(same.keyValues));

    public override int[]? ClassesIn(PredictionHead previous)
    {
        if (previous is not MulticlassHead { keyValues: var previousValues } || (keyValues is null) != (previousValues is null))
            return null;
        int[] classes = keyValues?.PositionsIn(previousValues!)
            ?? [.. Enumerable.Range(0, Outputs).Select(number => number < previous.Outputs ? number : OutputClasses.Unknown)];
        return classes.Count(number => number != OutputClasses.Unknown) == previous.Outputs ? classes : null;
    }

    public override IEnumerable<DataViewSchema.DetachedColumn> OutputColumns(DataViewSchema inputSchema)
    {
        var scoreSet = ScoreAnnotations.NextSet(inputSchema);

        var predictedLabel = new DataViewSchema.Annotations.Builder();
        keyValues?.Annotate(predictedLabel, AnnotationKinds.KeyValues);
        ScoreAnnotations.Add(predictedLabel, scoreSet, ScoreAnnotations.MulticlassClassification, ColumnNames.PredictedLabel);
        yield return new(ColumnNames.PredictedLabel, new KeyDataViewType(typeof(uint), classCount), predictedLabel.ToAnnotations());

        var score = new DataViewSchema.Annotations.Builder();
        if (keyValues?.ItemType is TextDataViewType)
            keyValues.Annotate(score, AnnotationKinds.SlotNames);
        keyValues?.Annotate(score, AnnotationKinds.TrainingLabelValues);
        ScoreAnnotations.Add(score, scoreSet, ScoreAnnotations.MulticlassClassification, ColumnNames.Score);
        yield return new(ColumnNames.Score, new VectorDataViewType(NumberDataViewType.Single, classCount), score.ToAnnotations());
    }

    public override void ToScores(Span<float> outputs) => Loss.Activate(outputs, classCount);

    public override Delegate CreateGetter(int output, IRowScores scores) =>
        output == PredictedLabelOutput
            ? (ValueGetter<uint>)((ref uint label) => label = MostProbable(scores.Current))
            : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> score) =>
            {
                var editor = VBufferEditor.Create(ref score, classCount);
                scores.Current.CopyTo(editor.Values);
                score = editor.Commit();
            });

    public override IEnumerable<OnnxOutput> AddTo(OnnxGraph graph, string outputs)
    {
        var probabilities = graph.Node("Softmax", "head.softmax", [outputs], ("axis", 1L));
        var position = graph.Node("ArgMax", "head.best", [probabilities], ("axis", 1L), ("keepdims", 1L));
        var key = graph.Node("Add", "head.key", [position, graph.Constant("head.firstKey", [1L], 1)]);

        // The mean is NaN where there are no probabilities; ArgMax would name a class there.
        var mean = graph.Node("ReduceMean", "head.mean", [probabilities], ("axes", ClassAxis), ("keepdims", 1L));
        var isMissing = graph.Node("IsNaN", "head.isMissing", [mean]);
        var answer = graph.Node("Where", "head.answer", [isMissing, graph.Constant("head.missingKey", [0L], 1), key]);
        return
        [
            new(ColumnNames.PredictedLabel, graph.Cast("head.label", answer, OnnxType.UInt32), OnnxType.UInt32, 1),
            new(ColumnNames.Score, probabilities, OnnxType.Float, classCount),
        ];
    }

    public override void Write(PayloadWriter payload)
    {
        payload.Write(TaskCode);
        payload.Write(keyValues is not null);
        keyValues?.Write(payload);
    }

    /// <summary>The classes: "red, green, blue" or "3 keys without values".</summary>
    public override string ToString() => keyValues?.ToString() ?? $"{classCount} keys without values";

    // Keys count from 1; 0 is ML.NET's missing key, the answer where missing features leave no probabilities.
    private static uint MostProbable(ReadOnlySpan<float> probabilities) =>
        TensorPrimitives.IndexOfMax(probabilities) is var best && float.IsNaN(probabilities[best]) ? 0 : (uint)best + 1;
}
