using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Tests.Columns;

/// <summary>An error about a column says what to do about it.</summary>
public class RemedyTests
{
    public static TheoryData<IDataView, string> Mismatches() => new()
    {
        { TestData.Scalars(1, 2), "*got Int32. *ConvertType*Single*" },
        { TestData.Scalars(true, false), "*got Boolean. *ConvertType*Single*" },
        { TestData.Vectors<int>([[1, 2]]), "*got Vector<Int32*ConvertType*Single*" },
        { TestData.Scalars("some", "text"), "*got String. *FeaturizeText*OneHotEncoding*" },
        { TestData.VectorsOfAnySize([1, 2]), "*known size, got *Vector<Single*[VectorType(size)]*" },
        { Keys(), "*got Key<UInt32*MapKeyToVector*" },
    };

    [Theory]
    [MemberData(nameof(Mismatches), DisableDiscoveryEnumeration = true)]
    public void Fit_ColumnOfTheWrongType_NamesTheRemedy(IDataView data, string message)
    {
        var estimator = TestData.ML.Transforms.BatchNormalization("Features");

        var fit = () => estimator.Fit(data);
        var promise = () => estimator.GetOutputSchema(ShapeText.ShapeOf(data.Schema));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
        promise.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Theory]
    [InlineData("features", "Did you mean 'Features'?")]
    [InlineData("Feature", "Did you mean 'Features'?")]
    [InlineData("Featrues", "Did you mean 'Features'?")]
    public void Fit_NameThatIsNotThere_AsksForTheNearest(string name, string question)
    {
        var fit = () => TestData.ML.Transforms.BatchNormalization(name).Fit(TestData.Scalars(1f, 2f));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"There is no input column '{name}'. {question} The data has: *");
    }

    [Fact]
    public void Fit_NameLikeNoOther_AsksForNone()
    {
        var fit = () => TestData.ML.Transforms.BatchNormalization("Age").Fit(TestData.Scalars(1f, 2f));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("There is no input column 'Age'. The data has: *");
    }

    [Theory]
    [InlineData("Single", "*MapValueToKey*")]   // text
    [InlineData("Whole", "*ConvertType*Single*")]
    public void Fit_LabelToLearnFromOfTheWrongType_NamesTheRemedy(string label, string message)
    {
        var data = TestData.ML.Data.LoadFromEnumerable(new[] { new { Features = 1f, Single = "text", Whole = 3 } });
        var options = new BatchNormalizationOptions
        {
            Columns = [new InputOutputColumnPair("Features")],
            LearnedAffine = new LearnedAffine(),
            LabelColumnName = label,
        };

        var fit = () => TestData.ML.Transforms.BatchNormalization(options).Fit(data);

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void Fit_NoRows_SaysSo()
    {
        var fit = () => TestData.ML.Transforms.BatchNormalization("Features").Fit(TestData.Scalars<float>());

        fit.Should().Throw<InvalidOperationException>().WithMessage("*'Features' from: the data has no rows. See that*");
    }

    private static IDataView Keys()
    {
        var data = TestData.Scalars("a", "b");
        return TestData.ML.Transforms.Conversion.MapValueToKey("Features").Fit(data).Transform(data);
    }
}
