using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

/// <summary>
/// Models as ONNX: by ML.NET's <c>ConvertToOnnx</c>, and by <see cref="NeuralNetworkModelParameters.SaveAsOnnx"/>. Both are compared with
/// the predictions here, within 1e-5 of the largest: sums come in another order.
/// </summary>
public class OnnxExportTests
{
    // The last row misses a feature.
    private static readonly IDataView Rows =
        Toy.View([.. Toy.Examples(), new Example<string> { Label = "red", Features = [float.NaN, 1] }]);

    public static TheoryData<RegressionLoss> Losses => [RegressionLoss.Squared, RegressionLoss.Poisson];

    public static TheoryData<ChannelLayout, bool> ImageForms => new()
    {
        { ChannelLayout.ChannelsFirst, true },
        { ChannelLayout.ChannelsFirst, false },
        { ChannelLayout.ChannelsLast, true },
        { ChannelLayout.ChannelsLast, false },
    };

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Convert_TextLabels_GivesTheSameScoresAndAnswers(int opset)
    {
        var model = TextPipeline();

        var applied = OnnxRoundTrip.Apply(OnnxRoundTrip.Export(model, Rows, opset), Rows);

        var expected = model.Transform(Rows);
        ShouldAgree(applied.GetColumn<float[]>("Score"), expected.GetColumn<float[]>("Score"));
        var labels = applied.GetColumn<uint[]>("PredictedLabel").Select(Enumerable.Single).ToArray();
        labels.Should().Equal(expected.GetColumn<uint>("PredictedLabel"));
        labels[^1].Should().Be(0, "there is no answer without features");
        string[] answers = [.. applied.GetColumn<string[]>("Predicted").Select(Enumerable.Single)];
        answers[..^1].Should().Equal(expected.GetColumn<string>("Predicted").SkipLast(1));
        answers[^1].Should().Be("_Unused", "ML.NET exports its MapKeyToValue so");
    }

    [Fact]
    public void Convert_WithoutTheStepsForTheLabel_NeedsTheFeaturesAlone()
    {
        var model = TextPipeline();
        var withoutLabel = new TransformerChain<ITransformer>([.. model.Skip(1)]);
        var features = Toy.ML.Data.LoadFromEnumerable<FeaturesAlone>([]);

        var file = OnnxRoundTrip.Export(withoutLabel, features);

        using var session = new InferenceSession(file);
        session.InputNames.Should().Equal("Features");
        using (var labelled = new InferenceSession(OnnxRoundTrip.Export(model, Rows)))
            labelled.InputNames.Should().Contain("Label");
        ShouldAgree(
            OnnxRoundTrip.Apply(file, Rows).GetColumn<float[]>("Score"), model.Transform(Rows).GetColumn<float[]>("Score"));
    }

    [Fact]
    public void Convert_BooleanLabels_GivesTheSameScoresAndAnswers()
    {
        var data = Toy.View([.. Toy.Examples([true, false, false]), new Example<bool> { Features = [float.NaN, 1] }]);
        var model = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Toy.Quick).Fit(Toy.View(Toy.Examples([true, false, false])));

        var applied = OnnxRoundTrip.Apply(model, data);

        var expected = model.Transform(data);
        foreach (var column in new[] { "Score", "Probability" })
            ShouldAgree(applied.GetColumn<float[]>(column), expected.GetColumn<float>(column).Select(value => new[] { value }));
        applied.GetColumn<bool[]>("PredictedLabel").Select(Enumerable.Single).Should()
            .Equal(expected.GetColumn<bool>("PredictedLabel"));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Convert_Numbers_GivesTheSameScores(RegressionLoss loss)
    {
        var data = Toy.View([.. Toy.Examples([1f, 5f, 300f]), new Example<float> { Features = [float.NaN, 1] }]);
        var options = Toy.Quick with { RegressionLoss = loss };
        var model = Toy.ML.Regression.Trainers.NeuralNetwork(options).Fit(Toy.View(Toy.Examples([1f, 5f, 300f])));

        var applied = OnnxRoundTrip.Apply(model, data);

        ShouldAgree(
            applied.GetColumn<float[]>("Score"), model.Transform(data).GetColumn<float>("Score").Select(score => new[] { score }));
    }

    [Theory]
    [MemberData(nameof(ImageForms))]
    public void Convert_Images_GivesTheSameScores(ChannelLayout layout, bool hasDimensions)
    {
        var (model, data) = ImageModel(layout, hasDimensions);

        // The data's own step, which makes the label a key, becomes a part of the file too.
        var pictures = Pictures.View(label => $"class {label}", layout, hasDimensions);
        var applied = OnnxRoundTrip.Apply(OnnxRoundTrip.Export(model, data), pictures);

        ShouldAgree(applied.GetColumn<float[]>("Score"), model.Transform(data).GetColumn<float[]>("Score"));
    }

    [Theory]
    [MemberData(nameof(ImageForms))]
    public void SaveAsOnnx_Images_GivesTheSameScores(ChannelLayout layout, bool hasDimensions)
    {
        var (model, data) = ImageModel(layout, hasDimensions);
        using var session = new InferenceSession(Save(model.Model, foldBatchNorm: true));

        var (name, input) = session.InputMetadata.Single();

        name.Should().Be("Features");
        input.SymbolicDimensions[0].Should().Be("N");
        input.Dimensions.Should().Equal(layout == ChannelLayout.ChannelsFirst ? [-1, 2, 6, 5] : [-1, 6, 5, 2]);
        ShouldAgree(Run(session, data, "Score"), model.Transform(data).GetColumn<float[]>("Score"));
    }

    [Fact]
    public void SaveAsOnnx_Classes_GivesTheSameKeys()
    {
        var data = Toy.Keyed(Rows);
        var model = Toy.Trainer().Fit(Toy.Keyed(Toy.Examples()));
        using var session = new InferenceSession(Save(model.Model));

        session.OutputNames.Should().BeEquivalentTo("Score", "PredictedLabel");
        using var results = Results(session, data, "PredictedLabel");
        results[0].GetTensorDataAsSpan<uint>().ToArray().Should().Equal(model.Transform(data).GetColumn<uint>("PredictedLabel"));
    }

    [Fact]
    public void SaveAsOnnx_BooleanLabels_GivesTheSameScores()
    {
        var data = Toy.View(Toy.Examples([true, false, false]));
        var model = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Toy.Quick).Fit(data);
        using var session = new InferenceSession(Save(model.Model));

        session.OutputNames.Should().BeEquivalentTo("Score", "Probability", "PredictedLabel");
        var probabilities = model.Transform(data).GetColumn<float>("Probability").Select(probability => new[] { probability });
        ShouldAgree(Run(session, data, "Probability"), probabilities);
    }

    [Fact]
    public void SaveAsOnnx_Numbers_GivesTheSameScores()
    {
        var data = Toy.View(Toy.Examples([1f, 5f, 300f]));
        var model = Toy.ML.Regression.Trainers.NeuralNetwork(Toy.Quick).Fit(data);
        using var session = new InferenceSession(Save(model.Model));

        ShouldAgree(Run(session, data, "Score"), model.Transform(data).GetColumn<float>("Score").Select(score => new[] { score }));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public void Convert_OlderOperators_IsRefused(int opset)
    {
        var data = Toy.View(Toy.Examples([1f, 5f, 300f]));
        var model = Toy.ML.Regression.Trainers.NeuralNetwork(Toy.Quick).Fit(data);

        var export = () => OnnxRoundTrip.Export(model, data, opset);

        export.Should().Throw<Exception>().WithMessage($"*OpSet version {opset} is lower than MLNet.BatchNorm's minimum*11*");
    }

    [Fact]
    public void Convert_BehindAStepThatCannotBeExported_IsRefused()
    {
        var data = Toy.View(Toy.Examples([1f, 5f, 300f]));
        var pipeline = Toy.ML.Transforms.CustomMapping<FeaturesAlone, FeaturesAlone>(
                (from, to) => to.Features = [.. from.Features.Select(value => 2 * value)], "Twice")
            .Append(Toy.ML.Regression.Trainers.NeuralNetwork(Toy.Quick));
        var model = pipeline.Fit(data);

        var export = () => OnnxRoundTrip.Export(model, data);

        export.Should().Throw<NotSupportedException>().WithMessage("The step that makes 'Features' cannot be exported to ONNX*");
    }

    [Fact]
    public void Convert_OverChosenRows_LeavesTheChoiceOut()
    {
        var data = Toy.View(Toy.Examples([1f, 5f, 300f]));
        var model = Toy.ML.Regression.Trainers.NeuralNetwork(Toy.Quick).Fit(data);
        var chosen = Toy.ML.Data.TakeRows(Toy.ML.Data.FilterRowsByColumn(data, "Label", lowerBound: 2), 5);

        var applied = OnnxRoundTrip.Apply(OnnxRoundTrip.Export(model, chosen), data);

        ShouldAgree(
            applied.GetColumn<float[]>("Score"), model.Transform(data).GetColumn<float>("Score").Select(score => new[] { score }));
    }

    [Fact]
    public void Convert_ColumnsNamedLikeVariables_AreKept()
    {
        var definition = SchemaDefinition.Create(typeof(Example<float>));
        definition["Weight"].ColumnName = "dense1.weight";
        var data = Toy.ML.Data.LoadFromEnumerable(Toy.Examples([1f, 5f, 300f]), definition);
        var model = Toy.ML.Regression.Trainers.NeuralNetwork(Toy.Quick).Fit(data);

        var applied = OnnxRoundTrip.Apply(model, data);

        applied.GetColumn<float[]>("dense1.weight").Should().OnlyContain(value => value.Single() == 1);
        ShouldAgree(
            applied.GetColumn<float[]>("Score"), model.Transform(data).GetColumn<float>("Score").Select(score => new[] { score }));
    }

    private static TransformerChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> TextPipeline()
    {
        var normalization = new BatchNormalizationOptions
        {
            Columns = [new("Features")],
            MissingValues = MissingValueHandling.Ignore,
        };
        return Toy.ML.Transforms.Conversion.MapValueToKey("Label")
            .Append(Toy.ML.Transforms.BatchNormalization(normalization))
            .Append(Toy.Trainer())
            .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("Predicted", "PredictedLabel"))
            .Fit(Toy.View(Toy.Examples()));
    }

    private static (NeuralNetworkPredictionTransformer Model, IDataView Data) ImageModel(ChannelLayout layout, bool hasDimensions)
    {
        var data = Pictures.Keyed(layout, hasDimensions);
        var options = Pictures.Quick with { Layout = layout, ImageShape = hasDimensions ? null : Pictures.Shape };
        return (Toy.Trainer(options).Fit(data), data);
    }

    private static byte[] Save(NeuralNetworkModelParameters model, bool foldBatchNorm = false)
    {
        using var stream = new MemoryStream();
        model.SaveAsOnnx(stream, foldBatchNorm);
        return stream.ToArray();
    }

    private static float[][] Run(InferenceSession session, IDataView data, string output)
    {
        using var results = Results(session, data, output);
        var columns = session.OutputMetadata[output].Dimensions[1];
        return [.. results[0].GetTensorDataAsSpan<float>().ToArray().Chunk(columns)];
    }

    private static IDisposableReadOnlyCollection<OrtValue> Results(InferenceSession session, IDataView data, string output)
    {
        var rows = data.GetColumn<float[]>("Features").ToArray();
        var dimensions = session.InputMetadata["Features"].Dimensions.Skip(1).Select(dimension => (long)dimension);
        using var input = OrtValue.CreateTensorValueFromMemory(
            rows.SelectMany(row => row).ToArray(), [rows.Length, .. dimensions]);
        using var options = new RunOptions();
        return session.Run(options, ["Features"], [input], [output]);
    }

    private static void ShouldAgree(IEnumerable<float[]> actual, IEnumerable<float[]> expected)
    {
        float[] values = [.. expected.SelectMany(row => row)];
        var allowed = 1e-5f * values.Where(float.IsFinite).Max(Math.Abs);
        actual.SelectMany(row => row).Should().Equal(
            values, (a, e) => float.IsNaN(e) ? float.IsNaN(a) : Math.Abs(a - e) <= allowed);
    }

    private sealed class FeaturesAlone
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }
}
