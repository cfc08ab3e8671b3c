using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>Whatever is wrong with the validation rows must not look like a fault of the training rows.</summary>
public class ValidationDataTests
{
    private static readonly IDataView Data = KeyedExample.View(KeyedExample.Examples());
    private static readonly KeyedExample Unlabelled = new() { Label = KeyedExample.Missing, Features = [1, 2] };
    private static readonly KeyedExample Incomplete = new() { Label = 1, Features = [float.NaN, 2] };

    [Fact]
    public void Fit_NoRowOfValidationDataCounts_NamesTheOptionAndTheReasons()
    {
        NoRow(KeyedExample.View(), "*no row to validate on in the option ValidationData: the data has no rows*");
        NoRow(KeyedExample.View(Unlabelled, Incomplete, Unlabelled),
            "*to validate on in the option ValidationData: 2 rows have no label in column 'Label', 1 miss features, and 0 have weight 0*"
            + "At least one row must have all three. MapValueToKey gives none to classes that*fitted on*ReplaceMissingValues.");
        NoRow(KeyedExample.View(Incomplete), "*At least one row must have all three. Replace missing values*");

        static void NoRow(IDataView validation, string message) => Fitting(validation)
            .Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    [Fact]
    public void Fit_NoTrainingRowCounts_AsksForTwoAndSaysNothingOfOtherClasses()
    {
        var fit = () => Toy.Trainer(Toy.Quick).Fit(KeyedExample.View(Unlabelled, Unlabelled));

        fit.Should().Throw<InvalidOperationException>().WithMessage(
            "*no row to train on: 2 rows have no label*At least two rows must have all three.");
    }

    [Fact]
    public void Fit_ValidationNumbersThatAreMissing_SaysNothingOfClasses()
    {
        var options = Toy.Quick with { ValidationData = Toy.View(Toy.Examples([float.NaN])) };

        var fit = () => Toy.ML.Regression.Trainers.NeuralNetwork(options).Fit(Toy.View(Toy.Examples([1f, 2.5f, -3])));

        fit.Should().Throw<InvalidOperationException>().WithMessage(
            "*ValidationData: 120 rows have no label*At least one row must have all three.");
    }

    [Fact]
    public void Fit_ValidationRowsOfWeightZero_AreTheReasonGiven()
    {
        var weightless = Toy.Examples(rows: 3);
        foreach (var example in weightless)
            example.Weight = 0;
        var mapping = Toy.ML.Transforms.Conversion.MapValueToKey("Label").Fit(Toy.View(Toy.Examples()));
        var options = Toy.Quick with
        {
            ExampleWeightColumnName = "Weight",
            ValidationData = mapping.Transform(Toy.View(weightless)),
        };

        var fit = () => Toy.Trainer(options).Fit(mapping.Transform(Toy.View(Toy.Examples())));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*ValidationData: 0 rows*0 miss features, and 3 have weight 0*");
    }

    [Fact]
    public void Fit_ColumnOfValidationDataThatIsMissingOrOfAnotherType_NamesTheOption()
    {
        Refused(TestData.Vectors<float>([[1, 2]]), "*no label column 'Label' of ValidationData*");
        Refused(Toy.View(Toy.Examples()), "*label column 'Label' of ValidationData*expected Key<UInt32>, got String.*");
        Refused(Toy.ML.Transforms.DropColumns("Features").Fit(Data).Transform(Data), "*no feature column 'Features' of ValidationData*");
        Refused(
            Toy.ML.Transforms.CopyColumns("Features", "Label").Fit(Data).Transform(Data),
            "*'Features' of ValidationData: expected*got*");

        static void Refused(IDataView validation, string message) => Fitting(validation)
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName("ValidationData")
            .WithMessage($"{message} ValidationData needs the columns of the training data: *fit*Transform both*");
    }

    [Fact]
    public void Fit_OtherNumberOfValidationFeatures_SaysBothAndWhatToDo()
    {
        var twice = Toy.ML.Transforms.Concatenate("Features", "Features", "Features").Fit(Data).Transform(Data);

        Fitting(twice).Should().Throw<ArgumentException>().WithParameterName("ValidationData").WithMessage(
            "*'Features' of ValidationData has 4 features, that of the training data 2. ValidationData needs*fit*Transform both*");
    }

    [Fact]
    public void Fit_ValidationClassesThatMapValueToKeyDoesNotKnow_SaysSo()
    {
        var mapping = Toy.ML.Transforms.Conversion.MapValueToKey("Label").Fit(Toy.View(Toy.Examples()));
        var validation = mapping.Transform(Toy.View(Toy.Examples(["yellow"])));

        var fit = () => Toy.Trainer(Toy.Quick with { ValidationData = validation }).Fit(mapping.Transform(Toy.View(Toy.Examples())));

        fit.Should().Throw<InvalidOperationException>().WithMessage(
            "*ValidationData: 120 rows have no label*MapValueToKey gives none*"
            + "see that the training data has all classes of ValidationData.");
    }

    [Fact]
    public void Fit_ValidationFeatureThatIsNotFinite_NamesTheOption() =>
        Fitting(KeyedExample.View(Incomplete), MissingValueHandling.Error).Should()
            .Throw<InvalidOperationException>().WithMessage("*'Features' of ValidationData has the value NaN in row 0, slot 0*SkipRow*");

    [Fact]
    public void Fit_ValidationRowsLeftOut_AreWarnedOfAsThose()
    {
        var ml = new MLContext();
        var warnings = new List<string>();
        ml.Log += (_, line) => warnings.AddRange(line.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning ? [line.Message] : []);
        var validation = KeyedExample.View([.. KeyedExample.Examples(), Unlabelled, Incomplete]);
        var options = Toy.Quick with { Epochs = 1, ValidationData = validation, MissingValues = MissingValueHandling.SkipRow };

        ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(Data);

        warnings.Should().HaveCount(2);
        warnings[0].Should()
            .Contain("1 rows without a label in column 'Label' of ValidationData were left out. MapValueToKey gives none to")
            .And.Contain("see that the training data has all classes of ValidationData");
        warnings[1].Should().Contain("1 rows with missing or infinite values in column 'Features' of ValidationData were left out");
    }

    private static Func<object> Fitting(IDataView validation, MissingValueHandling missingValues = MissingValueHandling.SkipRow) =>
        () => Toy.Trainer(Toy.Quick with { ValidationData = validation, MissingValues = missingValues }).Fit(Data);
}
