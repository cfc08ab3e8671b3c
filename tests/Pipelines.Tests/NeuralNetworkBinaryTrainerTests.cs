using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkBinaryTrainerTests
{
    private static readonly IDataView Data = Formula.View(Formula.YesNos());
    private static readonly NeuralNetworkPredictionTransformer Model = Trainer().Fit(Data);

    [Fact]
    public void Fit_LabelsDrawnFromAFormula_LearnsTheirProbabilities()
    {
        var unseen = Formula.YesNos(rows: 500, seed: 6);

        var found = Model.Transform(Formula.View(unseen)).GetColumn<float>("Probability");

        // 2,000 draws leave a standard error of about 0.03 where 16 units share the square.
        found.Zip(unseen, (p, row) => Math.Abs(p - Formula.ProbabilityOf(row.Features))).Average().Should().BeLessThan(0.05);
    }

    [Fact]
    public void Transform_Always_GivesLogitProbabilityAndLabelThatAgree()
    {
        var view = Model.Transform(Data);

        var scores = view.GetColumn<float>("Score").ToArray();

        // A sigmoid in float.
        view.GetColumn<float>("Probability").Should().Equal(scores, (p, z) => Math.Abs(p - 1 / (1 + Math.Exp(-z))) < 1e-6);
        view.GetColumn<bool>("PredictedLabel").Should().Equal(scores.Select(score => score > 0));
        scores.Should().Contain(score => score > 0).And.Contain(score => score < 0);
        var predictions = new float[1];
        Model.Model.Predict(Formula.YesNos(rows: 1)[0].Features, predictions);
        predictions.Should().Equal(view.GetColumn<float>("Probability").First());
    }

    [Fact]
    public void Transform_ScoreOfExactlyZero_IsNoWithProbabilityOneHalf()
    {
        var network = Model.Model.Network.Copy();
        network.Parameters["dense2.weight"].Set(new float[16]);
        network.Parameters["dense2.bias"].Set([0]);

        var view = Model.WithNetwork(network).Transform(Data);

        view.GetColumn<float>("Score").Should().OnlyContain(score => score == 0);
        view.GetColumn<float>("Probability").Should().OnlyContain(probability => probability == 0.5f);
        view.GetColumn<bool>("PredictedLabel").Should().OnlyContain(label => !label);
    }

    [Fact]
    public void GetOutputSchema_Always_CarriesTheAnnotationsOfABinaryModel()
    {
        var schema = Model.GetOutputSchema(Data.Schema);

        foreach (var name in new[] { "Score", "Probability", "PredictedLabel" })
        {
            Text(schema[name], "ScoreColumnKind").Should().Be("BinaryClassification");
            Text(schema[name], "ScoreValueKind").Should().Be(name);
            schema[name].Annotations.Schema.Select(annotation => annotation.Name).Should().Contain("ScoreColumnSetId");
            schema[name].IsNormalized().Should().Be(name == "Probability");
        }

        static string Text(DataViewSchema.Column column, string kind)
        {
            ReadOnlyMemory<char> text = default;
            column.Annotations.GetValue(kind, ref text);
            return text.ToString();
        }
    }

    [Fact]
    public void Fit_EstimatorContract_IsKept()
    {
        EstimatorContract.Verify(
            Trainer(), Data,
            new BadInput(
                Toy.Keyed(Toy.Examples()), "*label column 'Label'*expected Boolean*got Key<UInt32*", "LabelColumnName",
                TransformerTakesIt: true),
            new BadInput(TestData.Vectors<float>([[1, 2]]), "*no label column 'Label'*", "LabelColumnName", TransformerTakesIt: true));
        EstimatorContract.Verify(Trainer(Formula.Quick with { ExampleWeightColumnName = "Weight", Epochs = 1 }), Data);
    }

    [Fact]
    public void Fit_BalancedClassWeights_FindTheRareClass()
    {
        // Every tenth of the rows that say yes is left: unweighted, few are found.
        var rare = Formula.YesNos().Where((row, i) => !row.Label || i % 10 == 0).ToArray();

        Found(ClassWeights.Balanced).Should().BeGreaterThan((int)(1.5 * Found(null)));

        int Found(ClassWeights? weights)
        {
            var model = Trainer(Formula.Quick with { ClassWeights = weights }).Fit(Formula.View(rare));
            return model.Transform(Data).GetColumn<bool>("PredictedLabel").Count(yes => yes);
        }
    }

    [Fact]
    public void Fit_LabelSmoothing_KeepsProbabilitiesAwayFromTheEnds()
    {
        var smooth = Trainer(Formula.Quick with { LabelSmoothing = 0.6f }).Fit(Data);

        // The best answer lies between the smoothed targets 0.3 and 0.7; the network overshoots a little.
        Extremes(smooth).Should().BeLessThan(0.3f);
        Extremes(Model).Should().BeGreaterThan(0.4f);

        static float Extremes(NeuralNetworkPredictionTransformer model) =>
            model.Transform(Data).GetColumn<float>("Probability").Max(probability => Math.Abs(probability - 0.5f));
    }

    [Fact]
    public void Predict_MissingFeature_GivesNoProbability()
    {
        var view = Model.Transform(Formula.View(new YesNo { Features = [float.NaN, 0] }));

        view.GetColumn<float>("Probability").Should().Equal(float.NaN);
        view.GetColumn<bool>("PredictedLabel").Should().Equal(false);
    }

    [Fact]
    public void Load_NetworkWithSeveralOutputs_SaysWhatIsWrong()
    {
        // A multiclass model whose task, the byte in front of "no key values", is changed to binary.
        var data = KeyedExample.View(KeyedExample.Examples());
        var zip = ModelZip.Save(Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(data), data.Schema);
        var payload = ModelZip.PayloadOf(zip, "NNPR");
        payload[^(4 + 1 + 1)] = 2;

        var load = () => ModelZip.Load(ModelZip.WithPayload(zip, "NNPR", ModelZip.Sealed(payload)));

        load.Should().Throw<Exception>().Which.GetBaseException().Should().BeOfType<ModelFormatException>()
            .Which.Message.Should().Contain("3 outputs for one probability");
    }

    [Fact]
    public void ShortForm_AllArguments_ReachTheTrainer()
    {
        var shortForm = new MLContext(seed: 5).BinaryClassification.Trainers
            .NeuralNetwork("Label", "Features", "Weight", net => net.Dense(3).Sigmoid(), epochs: 2);
        var options = new NeuralNetworkOptions
        {
            ExampleWeightColumnName = "Weight",
            Network = net => net.Dense(3).Sigmoid(),
            Epochs = 2,
        };

        var longForm = new MLContext(seed: 5).BinaryClassification.Trainers.NeuralNetwork(options);

        Toy.PayloadOf(shortForm.Fit(Data), Data).Should().Equal(Toy.PayloadOf(longForm.Fit(Data), Data));
        shortForm.Info.NeedNormalization.Should().BeFalse();
    }

    private static NeuralNetworkBinaryTrainer Trainer(NeuralNetworkOptions? options = null) =>
        Toy.ML.BinaryClassification.Trainers.NeuralNetwork(options ?? Formula.Quick);
}
