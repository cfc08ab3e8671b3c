using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

/// <summary>Whoever opens a cursor or a row disposes of it: files stay open and threads of ML.NET alive otherwise.</summary>
public class CursorDisposalTests
{
    private static readonly IDataView Data = TestData.ML.Data.LoadFromEnumerable(
        Enumerable.Range(0, 40).Select(i => new Labelled { Features = i % 7, Label = i % 2 == 0, Weight = i % 3 }).ToArray());

    private static readonly BatchNormalizationOptions Plain = new() { Columns = [new InputOutputColumnPair("Features")] };

    public static TheoryData<string, BatchNormalizationOptions> Options => new()
    {
        { "plain", Plain },
        { "weights", Plain with { ExampleWeightColumnName = "Weight" } },
        { "moving average", Plain with { MovingAverage = new MovingAverage() } },
        {
            "learned affine",
            Plain with
            {
                LearnedAffine = new LearnedAffine { Epochs = 2, Seed = 1 },
                LabelColumnName = "Label",
                ExampleWeightColumnName = "Weight",
            }
        },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Fit_AnyOptions_DisposesOfEveryCursorOnce(string name, BatchNormalizationOptions options)
    {
        var spy = new DataViewSpy(Data);

        TestData.ML.Transforms.BatchNormalization(options).Fit(spy);

        spy.Cursors.Should().NotBeEmpty(name).And.OnlyContain(cursor => cursor.Disposals == 1, name);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Fit_RowThatThrows_DisposesOfEveryCursorOnce(string name, BatchNormalizationOptions options)
    {
        var spy = new DataViewSpy(Data) { FailingRow = 20 };

        var fit = () => TestData.ML.Transforms.BatchNormalization(options).Fit(spy);

        fit.Should().Throw<InvalidDataException>(name).WithMessage(DataViewSpy.Failure);
        spy.Cursors.Should().NotBeEmpty(name).And.OnlyContain(cursor => cursor.Disposals == 1, name);
    }

    [Fact]
    public void GetRow_Disposed_DisposesOfItsInput()
    {
        var spy = new DataViewSpy(Data);
        var mapper = ((ITransformer)TestData.ML.Transforms.BatchNormalization(Plain).Fit(Data)).GetRowToRowMapper(Data.Schema);
        using var input = spy.GetRowCursor(Data.Schema);
        var row = mapper.GetRow(input, mapper.OutputSchema);

        row.Dispose();

        spy.Cursors.Should().ContainSingle().Which.Disposals.Should().Be(1);
    }

    private sealed class Labelled
    {
        public float Features { get; set; }

        public bool Label { get; set; }

        public float Weight { get; set; }
    }
}
