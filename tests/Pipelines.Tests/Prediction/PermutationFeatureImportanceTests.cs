using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public class PermutationFeatureImportanceTests
{
    private static readonly IDataView Data = Toy.ML.Data.LoadFromEnumerable(
        Toy.Examples(rows: 300).Select((example, i) =>
            new Point { Label = example.Label, X = example.Features[0], Y = example.Features[1], Constant = 4 }).ToArray());

    private static readonly EstimatorChain<NeuralNetworkPredictionTransformer> Pipeline =
        Toy.ML.Transforms.Conversion.MapValueToKey("Label")
        .Append(Toy.ML.Transforms.Concatenate("Features", "X", "Y", "Constant"))
        .Append(Toy.ML.Transforms.BatchNormalization("Features"))
        .Append(Toy.Trainer());

    [Fact]
    public void PermutationFeatureImportance_PredictionTransformer_FindsTheFeaturesThatMatter()
    {
        var model = Pipeline.Fit(Data);

        var importance = Toy.ML.MulticlassClassification.PermutationFeatureImportance(model.LastTransformer, model.Transform(Data));

        Matter(importance[0], importance[1], importance[2]);
    }

    [Fact]
    public void PermutationFeatureImportance_LoadedChain_FindsTheFeaturesThatMatter()
    {
        var model = ModelZip.Load(ModelZip.Save(Pipeline.Fit(Data), Data.Schema));

        var importance = Toy.ML.MulticlassClassification.PermutationFeatureImportance(model, model.Transform(Data));

        importance.Keys.Should().BeEquivalentTo("X", "Y", "Constant");
        Matter(importance["X"], importance["Y"], importance["Constant"]);
    }

    private static void Matter(MulticlassClassificationMetricsStatistics x, MulticlassClassificationMetricsStatistics y,
        MulticlassClassificationMetricsStatistics constant)
    {
        // Change of accuracy when the feature is shuffled: it tells at least a third of the rows apart.
        x.MicroAccuracy.Mean.Should().BeLessThan(-0.2);
        y.MicroAccuracy.Mean.Should().BeLessThan(-0.2);
        constant.MicroAccuracy.Mean.Should().Be(0);
    }

    private sealed class Point
    {
        public string Label { get; set; } = "";

        public float X { get; set; }

        public float Y { get; set; }

        public float Constant { get; set; }
    }
}
