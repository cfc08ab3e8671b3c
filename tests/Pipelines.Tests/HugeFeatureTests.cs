using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Finite features near the end of what a float holds (3.4e38).</summary>
public class HugeFeatureTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fit_FeaturesUpTo1e37_AreLearnedAndGiveFiniteScores(bool encode)
    {
        var options = new NeuralNetworkOptions { Epochs = 20, Seed = 1, Network = encode ? null : net => net.Dense(8).BatchNorm().Relu() };
        var data = Scaled(1e37f / 4);

        var predictions = Toy.Trainer(options).Fit(data).Transform(data);

        predictions.GetColumn<float[]>("Score").SelectMany(score => score).Should().OnlyContain(score => float.IsFinite(score));
        predictions.GetColumn<uint>("PredictedLabel").Zip(predictions.GetColumn<uint>("Label"), (p, l) => p == l ? 1.0 : 0).Average()
            .Should().BeGreaterThan(0.9);
    }

    [Theory]
    [InlineData(3e38f)]
    [InlineData(-3e38f)]
    public void Predict_FeatureOf3e38_GivesAScoreOrNoneButNoException(float feature)
    {
        var model = Toy.Trainer().Fit(Toy.Keyed(Toy.Examples())).Model;
        var scores = new float[3];

        model.Predict([feature, -feature], scores);

        (scores.All(float.IsFinite) || scores.All(float.IsNaN)).Should().BeTrue("probabilities are {0}", string.Join(", ", scores));
    }

    private static Microsoft.ML.IDataView Scaled(float factor)
    {
        var examples = Toy.Examples();
        foreach (var example in examples)
            example.Features = [.. example.Features.Select(value => value * factor)];
        return Toy.Keyed(examples);
    }
}
