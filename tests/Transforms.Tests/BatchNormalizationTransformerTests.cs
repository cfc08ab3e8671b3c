using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.BatchNorm.Transforms.Tests;

public class BatchNormalizationTransformerTests
{
    private static readonly float[][] Rows = [[1, 10, -3], [2, 30, -3.5f], [4, 80, 9], [4.25f, 81, 9]];

    public static TheoryData<string> Kinds => [.. Contracts.Keys];

    private static readonly BadInput[] BadInputs =
    [
        new(TestData.Vectors(Rows, column: "Other"), "*no input column 'Features'*Other*", "Columns"),
        new(TestData.Scalars(1, 2), "*input column 'Features'*expected Single or Double*got Int32*", "Columns"),
        new(TestData.Vectors<int>([[1, 2]]), "*input column 'Features'*expected*vector of known size*got Vector<Int32*", "Columns"),
        new(
            TestData.VectorsOfAnySize([1, 2], [3]),
            "*input column 'Features'*expected*vector of known size*got *Vector<Single*", "Columns"),
        new(TestData.Scalars("a", "b"), "*input column 'Features'*expected Single or Double*got String*", "Columns"),
    ];

    private static readonly Dictionary<string, (BatchNormalizationEstimator Estimator, IDataView Good)> Contracts = new()
    {
        ["vector of float"] = (TestData.ML.Transforms.BatchNormalization("Features"), TestData.Vectors(Rows)),
        ["slot names, other output"] =
            (TestData.ML.Transforms.BatchNormalization("Out", "Features"), TestData.Vectors(Rows, slotNames: ["a", "b", "c"])),
        ["vector of double"] = (TestData.ML.Transforms.BatchNormalization("Features"), TestData.Vectors<double>([[1, 5], [2, -7]])),
        ["sparse"] = (TestData.ML.Transforms.BatchNormalization("Features"), TestData.SparseVectors([[0, 1, 0], [2, 0, 0], [0, 0, 0]])),
        ["scalar of float"] = (TestData.ML.Transforms.BatchNormalization("Features"), TestData.Scalars(1f, 2f, 5f)),
        ["scalar of double"] = (TestData.ML.Transforms.BatchNormalization("Out", "Features"), TestData.Scalars(1.0, 2.0, 5.0)),
        ["two outputs of one input"] =
            (TestData.ML.Transforms.BatchNormalization([new("A", "Features"), new("B", "Features")]), TestData.Vectors(Rows)),
        ["image"] = (
            TestData.ML.Transforms.BatchNormalization("Features", layout: ChannelLayout.ChannelsFirst),
            TestData.Vectors<float>([[1, 2, 3, 4], [5, 7, 9, 9]], [2, 1, 2])),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Estimator_Always_KeepsTheContract(string kind) =>
        EstimatorContract.Verify(Contracts[kind].Estimator, Contracts[kind].Good, BadInputs);

    [Fact]
    public void GetOutputSchema_SlotNames_AreKeptAndIsNormalizedIsSet()
    {
        var data = TestData.Vectors(Rows, slotNames: ["width", "height", "depth"]);

        var column = TestData.ML.Transforms.BatchNormalization("Features").Fit(data).GetOutputSchema(data.Schema)["Features"];

        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue("SlotNames", ref names);
        names.DenseValues().Select(name => name.ToString()).Should().Equal("width", "height", "depth");
        var isNormalized = false;
        column.Annotations.GetValue("IsNormalized", ref isNormalized);
        isNormalized.Should().BeTrue();
    }

    [Fact]
    public void Transform_SameName_HidesTheInputAndLeavesItReadable()
    {
        var data = TestData.Vectors(Rows);

        var output = TestData.ML.Transforms.BatchNormalization("Features").Fit(data).Transform(data);

        output.Schema.Select(column => (column.Name, column.IsHidden)).Should().Equal(("Features", true), ("Features", false));
        RowText.Of(output, output.Schema[0]).Should().Equal(RowText.Of(data));
    }

    [Fact]
    public void Transform_OtherName_KeepsTheInput()
    {
        var data = TestData.Vectors(Rows);

        var output = TestData.ML.Transforms.BatchNormalization("Out", "Features").Fit(data).Transform(data);

        output.Schema.Select(column => column.Name).Should().Equal("Features", "Out");
        RowText.Of(output, output.Schema["Features"]).Should().Equal(RowText.Of(data));
    }

    [Fact]
    public void Fit_ChainWithConcatenate_NormalizesWhatConcatenateGives()
    {
        var data = TestData.ML.Data.LoadFromEnumerable(new[] { new Sizes { Width = 1, Height = 5 }, new Sizes { Width = 3, Height = -5 } });
        var chain = TestData.ML.Transforms.Concatenate("Both", "Width", "Height")
            .Append(TestData.ML.Transforms.BatchNormalization("Normal", "Both"))
            .Append(TestData.ML.Transforms.Concatenate("All", "Normal", "Width"));

        var output = ModelZip.Load(ModelZip.Save(chain.Fit(data), data.Schema)).Transform(data);

        // Deviation 1 and 5; epsilon shows in the sixth digit.
        output.GetColumn<float[]>("All").SelectMany(row => row).Should().Equal([-1, 1, 1, 1, -1, 3], (f, e) => Math.Abs(f - e) < 1e-5);
    }

    [Fact]
    public void Transform_AnotherSize_NamesBothSizes()
    {
        var transformer = TestData.ML.Transforms.BatchNormalization("Features").Fit(TestData.Vectors(Rows));
        var two = TestData.Vectors<float>([[1, 2]]);

        var transform = () => transformer.Transform(two);
        var schema = () => transformer.GetOutputSchema(two.Schema);

        transform.Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage("*'Features'*3 values, as in the data it was fitted on*Vector<Single, 2>*");
        schema.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Features'*3 values*");
    }

    [Fact]
    public void Transform_FittedOnFloat_TakesDouble()
    {
        var transformer = TestData.ML.Transforms.BatchNormalization("Features").Fit(TestData.Scalars(1f, 3f));

        // Mean 2, deviation 1; epsilon shows in the sixth digit.
        transformer.Transform(TestData.Scalars(5.0)).GetColumn<double>("Features").Single().Should().BeApproximately(3, 2e-5);
    }

    [Fact]
    public void Transform_NoData_NamesTheArgument()
    {
        var transformer = TestData.ML.Transforms.BatchNormalization("Features").Fit(TestData.Scalars(1f, 3f));

        ((Func<object>)(() => transformer.Transform(null!))).Should().Throw<ArgumentNullException>().WithParameterName("input");
        ((Func<object>)(() => transformer.GetOutputSchema(null!))).Should().Throw<ArgumentNullException>().WithParameterName("inputSchema");
        ((Func<object>)(() => transformer.GetRowToRowMapper(null!)))
            .Should().Throw<ArgumentNullException>().WithParameterName("inputSchema");
    }

    [Fact]
    public void GetGetter_OfAnotherType_NamesColumnAndTypes()
    {
        var data = TestData.Scalars(1f, 3f);
        var output = TestData.ML.Transforms.BatchNormalization("Features").Fit(data).Transform(data);
        using var cursor = output.GetRowCursor(output.Schema);

        var read = () => cursor.GetGetter<double>(output.Schema["Features"]);

        read.Should().Throw<InvalidOperationException>().WithMessage("*'Features'*Single*Double*");
    }

    [Fact]
    public void GetRowCursor_ColumnOfAnotherSchema_IsRefused()
    {
        var data = TestData.Scalars(1f, 3f);
        var output = TestData.ML.Transforms.BatchNormalization("Features").Fit(data).Transform(data);
        var foreign = TestData.Vectors(Rows, column: "Foreign").Schema["Foreign"];

        var open = () => output.GetRowCursor([foreign]);

        open.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Foreign'*does not belong*");
    }

    [Fact]
    public void Fit_Always_LogsWhatItLearned()
    {
        var ml = new MLContext();
        var lines = new List<string>();
        ml.Log += (_, line) => lines.Add(line.Message);

        ml.Transforms.BatchNormalization("Features").Fit(TestData.Vectors(Rows));

        lines.Should().Contain(line => line.Contains("'Features': 3 channels, 4 values each"));
    }

    [Theory]
    [InlineData(true, 256, 10, 12)]   // 1,024 bytes instead of 80 each
    [InlineData(true, 256, 16, 12)]   // of 128, an eighth
    [InlineData(false, 256, 17, 12)]
    [InlineData(false, 255, 1, 12)]   // few slots
    [InlineData(false, 256, 10, 6)]   // half of the rows are dense
    public void Fit_WideSparseRows_AreWarnedOfUnlessTheyStaySparse(bool warns, int slots, int values, int sparseRows)
    {
        var rows = Enumerable.Range(0, 12).Select(row => Some(slots, row < sparseRows ? values : slots)).ToArray();
        var data = TestData.SparseVectors(rows);
        var options = new BatchNormalizationOptions { Columns = [new("Features")] };

        foreach (var lines in new[] { WarningsOf(options), WarningsOf(options with { MovingAverage = new() { BatchSize = 4 } }) })
        {
            lines.Should().HaveCount(warns ? 1 : 0);
            foreach (var line in lines)
                line.Should().ContainAll(
                    "'Features' makes its sparse rows dense: 256 slots are 1,024 bytes per row, ",
                    $"where the values that are not 0 take {8 * values}. Set FixZero", "BatchNorm()");
        }

        WarningsOf(options with { FixZero = true }).Should().BeEmpty();

        static float[] Some(int slots, int values) => [.. Enumerable.Range(0, slots).Select(slot => slot < values ? slot + 1f : 0)];

        List<string> WarningsOf(BatchNormalizationOptions options)
        {
            var ml = new MLContext();
            var lines = new List<string>();
            ml.Log += (_, line) => lines.AddRange(line.Kind == ChannelMessageKind.Warning ? [line.Message] : []);
            ml.Transforms.BatchNormalization(options).Fit(data);
            return lines;
        }
    }

    [Fact]
    public void Fit_Always_TimesTheReadingOfTheRows()
    {
        var ml = new MLContext();
        var events = new List<string>();
        ml.Log += (_, line) => events.Add(line.Message);
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(i =>
        {
            events.Add("row");
            return new Sizes { Width = i };
        }));

        ml.Transforms.BatchNormalization("Width").Fit(data);

        // ML.NET's channel tells the time between these two lines.
        var (start, end) = (events.FindIndex(line => IsOfFit(line, "Channel started")), events.FindIndex(line => IsOfFit(line, "Elapsed")));
        start.Should().BeInRange(0, events.IndexOf("row") - 1);
        end.Should().BeGreaterThan(events.LastIndexOf("row"));

        static bool IsOfFit(string line, string what) =>
            line.Contains("BatchNormalizationEstimator; Fit") && line.Contains(what);
    }

    private sealed class Sizes
    {
        public float Width { get; set; }

        public float Height { get; set; }
    }
}
