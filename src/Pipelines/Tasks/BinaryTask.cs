using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>Yes or no: the label is a Boolean, which is never missing.</summary>
internal sealed class BinaryTask : LearningTask
{
    public override LabelKind Label => LabelKind.Boolean;

    public override string ExpectedLabel => "Boolean";

    public override IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label) => BinaryHead.Promise();

    public override PredictionHead HeadFor(SourceColumn label, NeuralNetworkOptions options) => new BinaryHead();

    public override float[] PriorOf(RowSource training, int outputs, Ranks? ranks) => [OutputPrior.LogOdds(training, ranks)];

    public override Loss Loss(NeuralNetworkOptions options) => new SigmoidCrossEntropy { LabelSmoothing = options.LabelSmoothing };
}
