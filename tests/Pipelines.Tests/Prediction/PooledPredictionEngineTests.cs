using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

/// <summary>A pool of engines over a saved zip, as a web service uses it.</summary>
public sealed class PooledPredictionEngineTests : IDisposable
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
        var pool = new DefaultObjectPoolProvider().Create(new EnginesOf<TInput, TOutput>(Toy.ML.Model.Load(path, out _)));

        var served = new TOutput[rows.Length];
        Parallel.For(0, rows.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var engine = pool.Get();
            served[i] = engine.Predict(rows[i]);
            pool.Return(engine);
        });

        using var alone = Toy.ML.Model.CreatePredictionEngine<TInput, TOutput>(model);
        served.Should().BeEquivalentTo(rows.Select(alone.Predict), options => options.WithStrictOrdering());
        return served;
    }

    private sealed class EnginesOf<TInput, TOutput>(ITransformer model) : PooledObjectPolicy<PredictionEngine<TInput, TOutput>>
        where TInput : class
        where TOutput : class, new()
    {
        public override PredictionEngine<TInput, TOutput> Create() => Toy.ML.Model.CreatePredictionEngine<TInput, TOutput>(model);

        public override bool Return(PredictionEngine<TInput, TOutput> engine) => true;
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
