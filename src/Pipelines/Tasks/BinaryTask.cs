using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Pipelines.Prediction;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>Yes or no: the label is a Boolean, which is never missing.</summary>
internal sealed class BinaryTask : LearningTask
{
    public override string ExpectedLabel => "Boolean";

    public override bool Takes(DataViewType label) => label is BooleanDataViewType;

    public override bool Takes(SchemaShape.Column label) =>
        !label.IsKey && label.ItemType == BooleanDataViewType.Instance && label.Kind == SchemaShape.Column.VectorKind.Scalar;

    public override IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label) => BinaryHead.Promise();

    public override PredictionHead HeadFor(DataViewSchema.Column label) => new BinaryHead();

    public override int ClassCount(DataViewSchema.Column label) => 2;

    public override Func<float> TargetGetter(DataViewRow row, DataViewSchema.Column label)
    {
        var getLabel = row.GetGetter<bool>(label);
        return () =>
        {
            var isTrue = false;
            getLabel(ref isTrue);
            return isTrue ? 1 : 0;
        };
    }

    public override Loss Loss(NeuralNetworkOptions options) => new SigmoidCrossEntropy { LabelSmoothing = options.LabelSmoothing };
}
