using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkPredictionTransformerTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());
    private static readonly NeuralNetworkPredictionTransformer Model = Toy.Trainer().Fit(Data);

    [Fact]
    public void Transform_Always_GivesProbabilitiesAndTheMostProbableKey()
    {
        var predictions = Model.Transform(Data);

        var scores = predictions.GetColumn<float[]>("Score").ToArray();
        // Three roundings to float.
        scores.Should().OnlyContain(row => row.All(probability => probability >= 0 && probability <= 1) && Math.Abs(row.Sum() - 1) < 1e-6);
        predictions.GetColumn<uint>("PredictedLabel").Should().Equal(scores.Select(row => (uint)Array.IndexOf(row, row.Max()) + 1));
    }

    [Fact]
    public void GetOutputSchema_TextLabels_CarriesThemOnScoreAndPredictedLabel()
    {
        var schema = Model.GetOutputSchema(Data.Schema);

        var score = schema["Score"];
        score.Type.Should().Be(new VectorDataViewType(NumberDataViewType.Single, 3));
        Texts(score, "SlotNames").Should().Equal("red", "green", "blue");
        Texts(score, "TrainingLabelValues").Should().Equal("red", "green", "blue");
        Text(score, "ScoreColumnKind").Should().Be("MulticlassClassification");
        Text(score, "ScoreValueKind").Should().Be("Score");
        var predicted = schema["PredictedLabel"];
        predicted.Type.Should().Be(new KeyDataViewType(typeof(uint), 3));
        Texts(predicted, "KeyValues").Should().Equal("red", "green", "blue");
        Text(predicted, "ScoreValueKind").Should().Be("PredictedLabel");
        SetOf(predicted).Should().Be(SetOf(score));
    }

    [Fact]
    public void GetOutputSchema_NumberLabels_HasTrainingLabelValuesAndNoSlotNames()
    {
        var data = Toy.Keyed(Toy.Examples([10f, 20f, 30f], rows: 12));

        var score = Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(data).GetOutputSchema(data.Schema)["Score"];

        VBuffer<float> values = default;
        score.Annotations.GetValue("TrainingLabelValues", ref values);
        values.DenseValues().Should().Equal(10, 20, 30);
        score.Annotations.Schema.Should().NotContain(annotation => annotation.Name == "SlotNames");
    }

    [Fact]
    public void Transform_BehindAnotherModel_OpensAScoreSetOfItsOwn()
    {
        var first = Model.Transform(Data);

        var second = Model.Transform(first).Schema;

        SetOf(second["Score"]).Should().Be(SetOf(first.Schema["Score"]) + 1);
    }

    [Fact]
    public void Transform_MissingFeature_PredictsTheMissingKey()
    {
        var data = Toy.ML.Data.LoadFromEnumerable(new[] { new Example<string> { Label = "red", Features = [float.NaN, 1] } });

        Model.Transform(data).GetColumn<uint>("PredictedLabel").Should().Equal(0u);
    }

    [Fact]
    public void Transform_AnotherNumberOfFeatures_NamesColumnAndBothSizes()
    {
        var three = TestData.Vectors<float>([[1, 2, 3]]);

        var transform = () => Model.Transform(three);
        var schema = () => Model.GetOutputSchema(three.Schema);

        transform.Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*feature column 'Features'*2 values, as in the data it was trained on*Vector<Single, 3>*");
        schema.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*feature column 'Features'*2 values*");
    }

    [Fact]
    public void Predict_EnginesOnManyThreads_AgreeWithTheCursor()
    {
        var examples = Toy.Examples();
        var pipeline = Toy.ML.Transforms.Conversion.MapValueToKey("Label")
            .Append(Toy.ML.Transforms.BatchNormalization("Features"))
            .Append(Toy.Trainer())
            .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"));
        var model = pipeline.Fit(Toy.View(examples));
        var view = model.Transform(Toy.View(examples));
        var scores = view.GetColumn<float[]>("Score").ToArray();
        var labels = view.GetColumn<string>("Predicted").ToArray();

        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            // Not disposed: that would dispose the model, which the other threads use.
            var engine = new MLContext().Model.CreatePredictionEngine<Example<string>, Scored>(model);
            for (var i = thread; i < examples.Length; i += 2)
            {
                var prediction = engine.Predict(examples[i]);
                prediction.Score.Should().Equal(scores[i]);
                prediction.Predicted.Should().Be(labels[i]);
            }
        });
    }

    [Fact]
    public void GetGetter_BeforeTheFirstRow_GivesNoScores()
    {
        var predictions = Model.Transform(Data);
        using var cursor = predictions.GetRowCursor([predictions.Schema["Score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(predictions.Schema["Score"]);

        var read = () =>
        {
            VBuffer<float> score = default;
            getter(ref score);
        };

        // What is thrown is up to the source that is asked for a row it does not stand on.
        read.Should().Throw<Exception>();
    }

    [Fact]
    public void Model_Predict_AgreesWithTheCursorForAnyNumberOfRows()
    {
        var features = Data.GetColumn<float[]>("Features").SelectMany(row => row).ToArray();
        var scores = Model.Transform(Data).GetColumn<float[]>("Score").SelectMany(row => row).ToArray();
        var together = new float[scores.Length];

        Model.Model.Predict(features, together);

        // A row's sums may be ordered differently in a block of rows.
        together.Should().Equal(scores, (t, s) => Math.Abs(t - s) < 1e-6);
    }

    [Fact]
    public void Model_PredictWrongLengths_IsRefused()
    {
        var features = () => Model.Model.Predict(new float[3], new float[3]);
        var predictions = () => Model.Model.Predict(new float[2], new float[2]);

        features.Should().Throw<ArgumentException>();
        predictions.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Properties_Always_DescribeTheNetwork()
    {
        Model.FeatureColumnName.Should().Be("Features");
        Model.FeatureColumnType.Should().Be(new VectorDataViewType(NumberDataViewType.Single, 2));
        Model.Model.InputCount.Should().Be(2);
        Model.Model.OutputCount.Should().Be(3);
        // Dense without bias before batch norm, gamma and beta, the dense layer of the trainer.
        Model.Model.ParameterCount.Should().Be(2 * 8 + 2 * 8 + 8 * 3 + 3);
        Model.ToString().Should().Contain("dense1").And.Contain("relu1").And.Contain("dense2");
    }

    private static uint SetOf(DataViewSchema.Column column)
    {
        uint set = 0;
        column.Annotations.GetValue("ScoreColumnSetId", ref set);
        return set;
    }

    private static string Text(DataViewSchema.Column column, string kind)
    {
        ReadOnlyMemory<char> text = default;
        column.Annotations.GetValue(kind, ref text);
        return text.ToString();
    }

    private static IEnumerable<string> Texts(DataViewSchema.Column column, string kind)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.Annotations.GetValue(kind, ref texts);
        return texts.DenseValues().Select(text => text.ToString());
    }
}
