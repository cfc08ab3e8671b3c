using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests;

/// <summary>The estimator contract for every option that changes the schema or the payload.</summary>
public class BatchNormalizationOptionContractTests
{
    private static readonly BatchNormalizationOptions Plain = new() { Columns = [new InputOutputColumnPair("Out", "Features")] };

    private static readonly Dictionary<string, BatchNormalizationOptions> Options = new()
    {
        ["moving average"] = Plain with { MovingAverage = new MovingAverage { BatchSize = 2 } },
        ["unbiased"] = Plain with { Variance = VarianceEstimate.Unbiased },
        ["weights"] = Plain with { ExampleWeightColumnName = "Weight" },
        ["ignored missing values"] = Plain with { MissingValues = MissingValueHandling.Ignore },
        ["replaced missing values"] = Plain with { MissingValues = MissingValueHandling.ReplaceWithMean },
        ["fixed zero"] = Plain with { FixZero = true },
        ["fixed zero, replaced missing values"] = Plain with { FixZero = true, MissingValues = MissingValueHandling.ReplaceWithMean },
        ["learned affine"] = Plain with
        {
            LabelColumnName = "Label",
            LearnedAffine = new LearnedAffine { Epochs = 2, BatchSize = 2, Seed = 1 },
        },
    };

    public static TheoryData<string> Kinds => [.. Options.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Estimator_Always_KeepsTheContract(string kind)
    {
        var options = Options[kind];
        var takesMissing = options.MissingValues != MissingValueHandling.Error;
        var good = View(takesMissing ? float.NaN : 3);
        var bad = TestData.ML.Transforms.CopyColumns("Features", "Label").Fit(good).Transform(good);

        EstimatorContract.Verify(
            TestData.ML.Transforms.BatchNormalization(options), good,
            new BadInput(bad, "*input column 'Features'*expected Single or Double*", "Columns"));
    }

    [Fact]
    public void FixZero_SparseData_KeepsTheContract() => EstimatorContract.Verify(
        TestData.ML.Transforms.BatchNormalization(Plain with { FixZero = true }),
        TestData.SparseVectors([[0, 1, 0], [2, 0, 0], [0, 0, 0]]));

    [Fact]
    public void Estimator_LabelOrWeightOfTheWrongType_IsRefused()
    {
        var data = View(3);
        var shape = ShapeText.ShapeOf(data.Schema);
        foreach (var (options, message, name) in new[]
        {
            (Plain with { ExampleWeightColumnName = "Label" }, "*weight column 'Label'*expected Single*", "ExampleWeightColumnName"),
            (Plain with { ExampleWeightColumnName = "None" }, "*no weight column 'None'*", "ExampleWeightColumnName"),
            (Plain with { LabelColumnName = "Features", LearnedAffine = new() },
                "*label column 'Features'*Key<UInt32>, Boolean or Single*", "LabelColumnName"),
            (Plain with { LabelColumnName = "None", LearnedAffine = new() }, "*no label column 'None'*", "LabelColumnName"),
        })
        {
            var estimator = TestData.ML.Transforms.BatchNormalization(options);
            var fit = () => estimator.Fit(data);
            var promise = () => estimator.GetOutputSchema(shape);
            fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message).WithParameterName(name);
            promise.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message).WithParameterName(name);
        }
    }

    [Fact]
    public void Estimator_OptionsThatContradictEachOther_SaysWhich()
    {
        Refused(Plain with { FixZero = true, Beta = [1] }, "*Beta*FixZero*");
        Refused(Plain with { LearnedAffine = new() }, "*Set LabelColumnName*");
        Refused(Plain with { LabelColumnName = "Label" }, "*LearnedAffine is not*");
        Refused(Plain with { LabelColumnName = "Label", LearnedAffine = new(), Gamma = [1] }, "*Gamma or Beta*LearnedAffine*");
        Refused(Plain with { LabelColumnName = "Label", LearnedAffine = new(), Beta = [1] }, "*Gamma or Beta*LearnedAffine*");
        Refused(Plain with { LabelColumnName = "Label", LearnedAffine = new(), Scale = false, Center = false }, "*nothing to learn*");
        Refused(Plain with { LabelColumnName = "Label", LearnedAffine = new(), Scale = false, FixZero = true }, "*nothing to learn*");

        static void Refused(BatchNormalizationOptions options, string message)
        {
            var create = () => TestData.ML.Transforms.BatchNormalization(options);
            create.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void Options_UnknownEnum_IsRefused()
    {
        var variance = () => Plain with { Variance = (VarianceEstimate)5 };
        var missing = () => Plain with { MissingValues = (MissingValueHandling)5 };
        var rows = () => Plain with { MissingValues = MissingValueHandling.SkipRow };

        variance.Should().Throw<ArgumentOutOfRangeException>().WithMessage("Variance must be one of Biased, Unbiased*");
        missing.Should().Throw<ArgumentOutOfRangeException>().WithMessage("MissingValues must be Error or Ignore or ReplaceWithMean here*");
        rows.Should().Throw<ArgumentOutOfRangeException>().WithMessage("MissingValues must be Error or Ignore or ReplaceWithMean here*");
    }

    private static IDataView View(float last) => TestData.ML.Data.LoadFromEnumerable(new[]
    {
        new Row { Features = [1, 5], Label = true, Weight = 2 },
        new Row { Features = [2, 7], Label = false, Weight = 0.5f },
        new Row { Features = [4, -3], Label = true, Weight = 1 },
        new Row { Features = [4, last], Label = false, Weight = 1 },
    });

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }

        public float Weight { get; set; }
    }
}
