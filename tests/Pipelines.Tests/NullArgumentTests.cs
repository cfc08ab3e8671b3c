using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>A null where there must be something is named before anything else happens.</summary>
public class NullArgumentTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples(rows: 30));
    private static readonly NeuralNetworkMulticlassTrainer Trainer = Toy.Trainer(Toy.Quick with { Epochs = 1 });
    private static readonly NeuralNetworkPredictionTransformer Model = Trainer.Fit(Data);
    private static readonly NeuralNetworkSearch Search = Toy.ML.MulticlassClassification.Trainers.NeuralNetworkSearch(_ => Toy.Quick);
    private static readonly BatchNormalizationEstimator Estimator = Toy.ML.Transforms.BatchNormalization("Features");
    private static readonly BatchNormalizationTransformer Normalizer = Estimator.Fit(Data);

    public static TheoryData<string, Action> Calls => new()
    {
        { "options", () => Toy.ML.Transforms.BatchNormalization((BatchNormalizationOptions)null!) },
        { "options", () => Toy.ML.MulticlassClassification.Trainers.NeuralNetwork((NeuralNetworkOptions)null!) },
        { "options", () => Toy.ML.BinaryClassification.Trainers.NeuralNetwork((NeuralNetworkOptions)null!) },
        { "options", () => Toy.ML.Regression.Trainers.NeuralNetwork((NeuralNetworkOptions)null!) },
        { "space", () => Toy.ML.MulticlassClassification.Trainers.NeuralNetworkSearch(null!) },
        { "space", () => Toy.ML.BinaryClassification.Trainers.NeuralNetworkSearch(null!) },
        { "space", () => Toy.ML.Regression.Trainers.NeuralNetworkSearch(null!) },
        { "input", () => Search.Fit(null!) },
        { "input", () => Search.Run(null!) },
        { "input", () => Search.RunTrial(null!, 0) },
        { "inputSchema", () => Search.GetOutputSchema(null!) },
        { "choices", () => Toy.ML.Regression.Trainers.NeuralNetworkSearch(trial => trial.Choose<NeuralNetworkOptions>("a", null!)) },
        { "catalog", () => ((TransformsCatalog)null!).BatchNormalization("Features") },
        { "input", () => Estimator.Fit(null!) },
        { "input", () => Estimator.Fit(null!, Normalizer) },
        { "previous", () => Estimator.Fit(Data, null!) },
        { "inputSchema", () => Estimator.GetOutputSchema(null!) },
        { "input", () => Normalizer.Transform(null!) },
        { "inputSchema", () => Normalizer.GetOutputSchema(null!) },
        { "inputSchema", () => ((ITransformer)Normalizer).GetRowToRowMapper(null!) },
        { "first", () => BatchNormalizationTransformer.Merge(null!, Normalizer) },
        { "second", () => BatchNormalizationTransformer.Merge(Normalizer, null!) },
        { "input", () => Trainer.Fit(null!) },
        { "input", () => Trainer.FindLearningRate(null!) },
        { "inputSchema", () => Trainer.GetOutputSchema(null!) },
        { "input", () => Model.Transform(null!) },
        { "inputSchema", () => Model.GetOutputSchema(null!) },
        { "network", () => Model.WithNetwork(null!) },
        { "stream", () => Model.Model.SaveAsOnnx(null!) },
        { "input", () => ((ITransformer)Model).GetRowToRowMapper(Data.Schema).GetRow(null!, []) },
        { "network", () => ((Network)null!).Save(new MemoryStream()) },
        { "stream", () => Model.Model.Network.Save(null!) },
        { "stream", () => Network.Load(null!) },
        { "name", () => _ = Model.Model.Network.Parameters[null!] },
        { "writer", () => Model.Model.History.WriteCsv(null!) },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void Call_Null_NamesTheArgument(string parameter, Action call) =>
        call.Should().Throw<ArgumentNullException>().WithParameterName(parameter);
}
