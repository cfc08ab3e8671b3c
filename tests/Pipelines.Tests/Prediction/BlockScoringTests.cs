using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

/// <summary>Cursors read ahead and score blocks; nobody should be able to tell, but by the time it takes.</summary>
public class BlockScoringTests
{
    private const int Rows = 1_300;   // several blocks, the last one short

    private static readonly NeuralNetworkPredictionTransformer Model =
        Toy.Trainer(Toy.Quick with { Epochs = 2 }).Fit(Toy.Keyed(Toy.Examples()));

    [Fact]
    public void Transform_ManyRows_GivesTheBitsOfSingleRowsAndPassesEverythingThrough()
    {
        var data = Toy.View(Toy.Examples(Rows));

        var blocks = RowText.Of(Model.Transform(data));

        var mapper = Model.GetRowToRowMapper(data.Schema);
        using var cursor = data.GetRowCursor(data.Schema);
        var columns = RowText.Visible(mapper.OutputSchema).ToArray();
        blocks.Should().HaveCount(Rows).And.Equal(RowText.Of(cursor, mapper.GetRow(cursor, columns), columns));
    }

    [Fact]
    public void MoveNext_ManyRows_KeepsPositionAndId()
    {
        var data = Toy.View(Toy.Examples(Rows));
        var predictions = Model.Transform(data);

        using var plain = data.GetRowCursor(data.Schema);
        using var scored = predictions.GetRowCursor([predictions.Schema["Score"]]);
        ValueGetter<DataViewRowId> plainId = plain.GetIdGetter(), scoredId = scored.GetIdGetter();
        scored.Position.Should().Be(plain.Position);
        DataViewRowId expected = default, found = default;
        while (plain.MoveNext())
        {
            scored.MoveNext().Should().BeTrue();
            plainId(ref expected);
            scoredId(ref found);
            (scored.Position, scored.Batch, found).Should().Be((plain.Position, plain.Batch, expected));
        }

        for (var attempt = 0; attempt < Rows; attempt++)
            (scored.MoveNext(), scored.Position).Should().Be((false, -1L), "a cursor must not start again after its end");
    }

    // Blocks grow from 16 rows: the first rows of the second, third and sixth block, the last of the first, and one amid a block.
    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(496)]
    [InlineData(700)]
    public void MoveNext_RowThatThrows_ThrowsThereAndNotBefore(int broken)
    {
        var predictions = Model.Transform(Toy.ML.Data.LoadFromEnumerable(Toy.Examples(Rows).Select((example, i) =>
            i == broken ? throw new InvalidDataException("this row cannot be read") : example)));

        using var cursor = predictions.GetRowCursor([predictions.Schema["Score"]]);

        for (var row = 0; row < broken; row++)
            cursor.MoveNext().Should().BeTrue();
        var move = cursor.MoveNext;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            move.Should().Throw<Exception>().Where(thrown => thrown.GetBaseException().Message == "this row cannot be read");
            cursor.Position.Should().Be(-1);
        }
    }

    [Fact]
    public void MoveNext_RowWhoseLengthDiffersFromItsType_NamesTheRow()
    {
        var rows = Toy.Examples(40);
        rows[20].Features = [1, 2, 3];
        var definition = SchemaDefinition.Create(typeof(Example<string>));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single);
        var claimsTwo = new RetypedView(
            Toy.ML.Data.LoadFromEnumerable(rows, definition), "Features", new VectorDataViewType(NumberDataViewType.Single, 2));
        var predictions = Model.Transform(claimsTwo);

        using var cursor = predictions.GetRowCursor([predictions.Schema["Score"]]);
        var readAll = () =>
        {
            while (cursor.MoveNext())
            {
            }
        };

        readAll.Should().Throw<InvalidOperationException>().WithMessage("*has 3 values in row 20, but its type says 2.");
        readAll.Should().Throw<InvalidOperationException>("it must not look like the end");
        cursor.Position.Should().Be(-1);
    }

    // ML.NET reads what a cursor hands out on several threads, and who stops early must be able to let go.
    [Fact]
    public void Dispose_BetweenBlocks_DisposesOfTheSourceOnce()
    {
        var spy = new DataViewSpy(Toy.View(Toy.Examples(Rows)));
        var predictions = Model.Transform(spy);
        foreach (var rows in (int[])[0, 1, 16, 17, Rows])
        {
            var cursor = predictions.GetRowCursor([predictions.Schema["Score"]]);
            for (var row = 0; row < rows; row++)
                cursor.MoveNext().Should().BeTrue();

            cursor.Dispose();
            cursor.Dispose();

            spy.Cursors[^1].Disposals.Should().Be(1, "{0} rows were read", rows);
            cursor.MoveNext().Should().BeFalse();
        }
    }

    [Fact]
    public void MoveNext_FirstRow_ReadsOnlyAFewRowsAhead()
    {
        var read = 0;
        var predictions = Model.Transform(Toy.ML.Data.LoadFromEnumerable(Toy.Examples(Rows).Select(example => (++read, example).example)));

        using var cursor = predictions.GetRowCursor([predictions.Schema["Score"]]);
        cursor.MoveNext();

        read.Should().BeInRange(2, 20);
    }

    [Fact]
    public void MoveNext_ImageIsAskedFor_ReadsRowByRow()
    {
        var read = 0;
        using var picture = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]);
        var predictions = Model.Transform(Toy.ML.Data.LoadFromEnumerable(
            Enumerable.Range(0, 100).Select(i => new Pictured { Features = [++read, i], Picture = picture })));

        using var cursor = predictions.GetRowCursor([predictions.Schema["Score"], predictions.Schema["Picture"]]);
        cursor.MoveNext();

        read.Should().Be(1);
    }

    [Fact]
    public void GetGetter_BetweenRows_SaysThatMoveNextIsMissing()
    {
        var predictions = Model.Transform(Toy.View(Toy.Examples(3)));
        using var cursor = predictions.GetRowCursor([predictions.Schema["Score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(predictions.Schema["Score"]);

        var read = () =>
        {
            VBuffer<float> score = default;
            getter(ref score);
        };

        read.Should().Throw<InvalidOperationException>().WithMessage("*MoveNext*");
    }

    private sealed class Pictured
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        [ImageType(1, 1)]
        public MLImage Picture { get; set; } = null!;
    }
}
