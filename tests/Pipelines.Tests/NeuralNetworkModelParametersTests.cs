using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkModelParametersTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());
    private static readonly NeuralNetworkModelParameters Model = Toy.Trainer().Fit(Data).Model;

    [Fact]
    public void Layers_TrainedModel_IncludeTheOneThatTheTrainerAdded()
    {
        Model.Layers.Select(layer => layer.Name).Should().Equal("dense1", "batchnorm1", "relu1", "dense2");
        Model.Layers.Sum(layer => layer.ParameterCount).Should().Be(Model.ParameterCount);
    }

    [Fact]
    public void BatchNormLayers_TrainedModel_HaveSeenEveryBatch()
    {
        var layer = Model.BatchNormLayers.Should().ContainSingle().Subject;

        layer.Name.Should().Be("batchnorm1");
        layer.Batches.Should().Be(Toy.Quick.Epochs * 4);   // 120 rows in batches of 32
        layer.Gamma.Should().HaveCount(8).And.NotContain(1f, "training changes gamma");
        layer.RunningVariance.Should().OnlyContain(variance => variance > 0);
    }

    [Fact]
    public void MeasureLayers_SomeRows_TimesEachLayerAndLeavesThePredictions()
    {
        float[] rows = [0, 0, 3, 0, 0, 3];
        var before = Predict(rows);

        var times = Model.MeasureLayers(rows);

        times.Select(time => time.Name).Should().Equal(Model.Layers.Select(layer => layer.Name));
        Predict(rows).Should().Equal(before);
    }

    private static float[] Predict(float[] rows)
    {
        var predictions = new float[3 * rows.Length / 2];
        Model.Predict(rows, predictions);
        return predictions;
    }
}
