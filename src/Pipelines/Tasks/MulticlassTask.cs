using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Pipelines.Labels;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>One of several classes: the label is a key.</summary>
internal sealed class MulticlassTask : LearningTask
{
    public override string ExpectedLabel => "Key<UInt32> (append Conversion.MapValueToKey for it before the trainer)";

    public override bool Takes(DataViewType label) => label is KeyDataViewType { RawType: var raw } && raw == typeof(uint);

    public override bool Takes(SchemaShape.Column label) =>
        label.IsKey && label.ItemType == NumberDataViewType.UInt32 && label.Kind == SchemaShape.Column.VectorKind.Scalar;

    public override IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label) => MulticlassHead.Promise(label);

    public override PredictionHead HeadFor(DataViewSchema.Column label) => ((KeyDataViewType)label.Type).Count <= (ulong)Array.MaxLength
        ? new MulticlassHead(ClassesOf(label), KeyValues.Of(label))
        : throw ColumnTypes.Mismatch(
            nameof(label), "label", label.Name, $"a key with at most {Array.MaxLength} values, one per class", label.Type);

    public override int ClassCount(DataViewSchema.Column label) => ClassesOf(label);

    // Keys count from 1; 0 is the missing one.
    public override Func<float> TargetGetter(DataViewRow row, DataViewSchema.Column label)
    {
        var getKey = row.GetGetter<uint>(label);
        return () =>
        {
            uint key = 0;
            getKey(ref key);
            return key == 0 ? float.NaN : key - 1;
        };
    }

    public override Loss Loss(NeuralNetworkOptions options) => new SoftmaxCrossEntropy { LabelSmoothing = options.LabelSmoothing };

    private static int ClassesOf(DataViewSchema.Column label) => (int)((KeyDataViewType)label.Type).Count;
}
