using Microsoft.ML;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Tasks;

/// <summary>A number: the label is a float, NaN where it is missing.</summary>
internal sealed class RegressionTask : LearningTask
{
    public override LabelKind Label => LabelKind.Number;

    public override string ExpectedLabel => "Single";

    public override void Check(NeuralNetworkOptions options)
    {
        if (options.ClassWeights is not null)
            throw new ArgumentException("The option ClassWeights needs a label that is a class. Use ExampleWeightColumnName here.");
        if (options.LabelSmoothing != 0)
            throw new ArgumentException("The option LabelSmoothing needs a label that is a class. Leave it 0 for regression.");
        if (options.Augmentation is { MixUp: not 0 })
            throw new ArgumentException("The option Augmentation mixes labels, which must be classes. Leave its MixUp 0 for regression.");
    }

    public override IEnumerable<SchemaShape.Column> Promise(SchemaShape.Column label) => RegressionHead.Promise();

    public override PredictionHead HeadFor(SourceColumn label, NeuralNetworkOptions options) =>
        new RegressionHead(options.RegressionLoss.Loss.Link);

    public override bool RefusesNegativeLabels(NeuralNetworkOptions options) => options.RegressionLoss.Loss.Link == Link.Log;

    protected override TrainingDefaults DefaultsFor(int rows) => TrainingDefaults.ForNumbers(rows);

    public override ITargetScale TargetScaleOf(RowSource rows, NeuralNetworkOptions options, Ranks? ranks) =>
        ITargetScale.Of(rows, options.RegressionLoss.Loss.Link, ranks);

    public override Loss Loss(NeuralNetworkOptions options) => options.RegressionLoss.Loss;
}
