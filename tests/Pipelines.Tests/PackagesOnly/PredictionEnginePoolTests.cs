using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ML;
using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.PackagesOnly;

/// <summary>Microsoft.Extensions.ML's pool of engines, as a web service uses it, over a saved zip.</summary>
public sealed class PredictionEnginePoolTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Predict_MulticlassFromManyThreads_EqualsOneEngine()
    {
        var pipeline = Toy.ML.Transforms.Conversion.MapValueToKey("Label")
            .Append(Toy.Trainer())
            .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));

        var predictions = Serve<Example<string>, Scored>(pipeline, Toy.Examples());

        predictions.Select(prediction => prediction.Predicted).Distinct().Should().BeEquivalentTo("red", "green", "blue");
    }

    [Fact]
    public void Predict_BinaryFromManyThreads_EqualsOneEngine()
    {
        var trainer = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Formula.Quick);

        var predictions = Serve<YesNo, Answer>(trainer, Formula.YesNos());

        predictions.Select(prediction => prediction.PredictedLabel).Should().Contain([true, false]);
    }

    [Fact]
    public void Predict_RegressionFromManyThreads_EqualsOneEngine()
    {
        var predictions = Serve<Number, Estimate>(Toy.ML.Regression.Trainers.NeuralNetwork(Formula.Quick), Formula.Numbers());

        predictions.Should().OnlyContain(prediction => prediction.Score > 40_000 && prediction.Score < 60_000);
    }

    private TOutput[] Serve<TInput, TOutput>(IEstimator<ITransformer> pipeline, TInput[] rows)
        where TInput : class
        where TOutput : class, new()
    {
        var data = Formula.View(rows);
        var model = pipeline.Fit(data);
        Toy.ML.Model.Save(model, data.Schema, path);
        using var services = new ServiceCollection().AddPredictionEnginePool<TInput, TOutput>().FromFile(path).Services
            .BuildServiceProvider();
        var pool = services.GetRequiredService<PredictionEnginePool<TInput, TOutput>>();

        var served = new TOutput[rows.Length];
        Parallel.For(0, rows.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => served[i] = pool.Predict(rows[i]));

        using var engine = Toy.ML.Model.CreatePredictionEngine<TInput, TOutput>(model);
        served.Should().BeEquivalentTo(rows.Select(engine.Predict), options => options.WithStrictOrdering());
        return served;
    }

    private sealed class Answer
    {
        public bool PredictedLabel { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }
    }

    private sealed class Estimate
    {
        public float Score { get; set; }
    }
}
