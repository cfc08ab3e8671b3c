using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Labels;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>One of several classes: the label is a key.</summary>
internal sealed class MulticlassTask : LearningTask
{
    public override LabelKind Label => LabelKind.Key;

    public override string ExpectedLabel => "Key<UInt32>";

    public override IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label) => MulticlassHead.Promise(label);

    public override PredictionHead HeadFor(SourceColumn label, NeuralNetworkOptions options) =>
        new MulticlassHead(LabelReader.ClassesOf(label), KeyValues.Of(label));

    public override float[] PriorOf(RowSource training, int outputs, Ranks? ranks) =>
        OutputPrior.LogShares(training, outputs, ranks);

    public override Loss Loss(NeuralNetworkOptions options) => new SoftmaxCrossEntropy { LabelSmoothing = options.LabelSmoothing };
}
