using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines.Tests.Inputs;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Models that were saved once, one of each kind, and what they scored then.</summary>
public class KeptModelTests
{
    private static readonly NeuralNetworkOptions Short = new() { Epochs = 2, Seed = 1, MissingValues = MissingValueHandling.SkipRow };

    private static readonly Dictionary<string, (Func<IEstimator<ITransformer>> Estimator, IDataView Data)> Models = new()
    {
        ["binary"] = (() => Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Short with { LabelColumnName = "YesNo" }), Ordinary.View()),
        ["regression"] = (() => Toy.ML.Regression.Trainers.NeuralNetwork(Short with { LabelColumnName = "Number" }), Ordinary.View()),
        ["multiclass-of-text"] = (
            () => Toy.ML.Transforms.Conversion.MapValueToKey("Class", "Text")
                .Append(Toy.ML.Transforms.BatchNormalization("Features"))
                .Append(Toy.ML.MulticlassClassification.Trainers.NeuralNetwork(Short with { LabelColumnName = "Class" }))
                .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("PredictedLabel")),
            Ordinary.View()),
        ["images"] = (
            () => Toy.ML.MulticlassClassification.Trainers.NeuralNetwork(Short with
            {
                LabelColumnName = "Class",
                Network = net => net.Conv2D(2).BatchNorm().Relu().MaxPool2D(),
            }),
            Images()),
        ["with-optimizer-state"] = (
            () => Toy.ML.Regression.Trainers.NeuralNetwork(Short with
            {
                LabelColumnName = "Number",
                KeepOptimizerState = true,
                Network = net => net.Dense(3).BatchNorm().Relu(),
            }),
            Ordinary.View()),
    };

    public static TheoryData<string> Names => [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Load_KeptModel_ScoresAsRecorded(string name)
    {
        var (estimator, data) = Models[name];
        var zip = KeptFile.Read($"{name}.zip", ModelZip.Save(estimator().Fit(data), data.Schema));

        var scored = ModelZip.Load(zip).Transform(data);

        // Processors may add in another order.
        var score = scored.Schema["Score"];
        KeptFile.ShouldAgree(
            $"{name}.scores.txt",
            score.Type is VectorDataViewType
                ? [.. scored.GetColumn<float[]>(score).SelectMany(row => row)]
                : [.. scored.GetColumn<float>(score)],
            tolerance: 1e-5f);
    }

    [Fact]
    public void Load_NewerVersion_PointsToANewerLibrary()
    {
        var data = Ordinary.View();
        var zip = ModelZip.Save(Models["regression"].Estimator().Fit(data), data.Schema);
        var payload = ModelZip.PayloadOf(zip, "NNPR");
        payload[8]++;

        var load = () => ModelZip.Load(ModelZip.WithPayload(zip, "NNPR", ModelZip.Sealed(payload)));

        load.Should().Throw<Exception>().Which.GetBaseException().Should().BeOfType<ModelFormatException>()
            .Which.Message.Should().Match("*format version*newer MLNet.BatchNorm*");
    }

    private static IDataView Images() => Ordinary.Typed(
        new VectorDataViewType(NumberDataViewType.Single, 2, 5, 6),
        row => Enumerable.Range(0, 60).Select(i => MathF.Sin(row[0] + i * row[1])).ToArray());
}
