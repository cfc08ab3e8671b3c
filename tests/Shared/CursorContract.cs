using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tests;

/// <summary>What ML.NET and its users may expect of every cursor over the output of a transformer.</summary>
internal static class CursorContract
{
    public static void Verify(ITransformer transformer, IDataView data)
    {
        var schema = transformer.GetOutputSchema(data.Schema);
        DataViewSchema.Column[] all = [.. schema];
        foreach (var columns in new[] { all, all[..data.Schema.Count], all[data.Schema.Count..] })
        {
            EndsOnce(transformer, data, columns);
            EndsOnceInASet(transformer, data, columns);
            EndsWhenDisposed(transformer, data, columns);
            EndsWithAFailure(transformer, data, columns, failingRow: 0);
            EndsWithAFailure(transformer, data, columns, failingRow: 1);
            FillsTheBuffersOfTheConsumer(transformer, data, columns);
        }
    }

    private static void EndsOnce(ITransformer transformer, IDataView data, DataViewSchema.Column[] columns)
    {
        var spy = new DataViewSpy(data);
        var cursor = transformer.Transform(spy).GetRowCursor(columns);

        var rows = RunThrough(cursor, columns, firstPosition: 0);

        rows.Should().Equal(RowText.Of(transformer.Transform(data), columns));
        DisposesOfItsSource(cursor, spy);
    }

    private static void EndsOnceInASet(ITransformer transformer, IDataView data, DataViewSchema.Column[] columns)
    {
        var spy = new DataViewSpy(data);
        var cursors = transformer.Transform(spy).GetRowCursorSet(columns, n: 3);

        var rows = cursors.SelectMany(cursor => RunThrough(cursor, columns, firstPosition: null)).ToArray();

        rows.Should().BeEquivalentTo(RowText.Of(transformer.Transform(data), columns));
        foreach (var cursor in cursors)
            cursor.Dispose();
        spy.Cursors.Should().HaveCount(cursors.Length).And.OnlyContain(source => source.Disposals == 1);
    }

    private static void EndsWhenDisposed(ITransformer transformer, IDataView data, DataViewSchema.Column[] columns)
    {
        var spy = new DataViewSpy(data);
        var cursor = transformer.Transform(spy).GetRowCursor(columns);
        cursor.MoveNext().Should().BeTrue();
        var read = RowText.Reader(cursor, columns);

        DisposesOfItsSource(cursor, spy);

        StandsOnNoRow(cursor, read);
        cursor.MoveNext().Should().BeFalse();
    }

    private static void EndsWithAFailure(ITransformer transformer, IDataView data, DataViewSchema.Column[] columns, int failingRow)
    {
        var spy = new DataViewSpy(data) { FailingRow = failingRow };
        var cursor = transformer.Transform(spy).GetRowCursor(columns);
        var read = RowText.Reader(cursor, columns);
        for (var row = 0; row < failingRow; row++)
            cursor.MoveNext().Should().BeTrue();
        var move = cursor.MoveNext;

        // A second answer of "no more rows" would pass a part of the data off as all of it.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            move.Should().Throw<InvalidDataException>().WithMessage(DataViewSpy.Failure);
            StandsOnNoRow(cursor, read);
        }

        DisposesOfItsSource(cursor, spy);
        cursor.MoveNext().Should().BeFalse();
    }

    private static void FillsTheBuffersOfTheConsumer(ITransformer transformer, IDataView data, DataViewSchema.Column[] columns)
    {
        var view = transformer.Transform(data);
        var expected = RowText.Of(view, columns);

        var kept = new List<Func<string>>();
        using (var cursor = view.GetRowCursor(columns))
        {
            var keep = RowText.Keeper(cursor, columns);
            while (cursor.MoveNext())
                kept.Add(keep());
        }

        kept.Select(text => text()).Should().Equal(expected, "values that a consumer keeps must stay as they were");

        using var again = view.GetRowCursor(columns);
        var read = RowText.Reader(again, columns, reusesBuffers: true);
        var reused = new List<string>();
        while (again.MoveNext())
            reused.Add(read());
        reused.Should().Equal(expected, "a buffer that is handed in again must be filled anew");
    }

    private static List<string> RunThrough(DataViewRowCursor cursor, DataViewSchema.Column[] columns, long? firstPosition)
    {
        var read = RowText.Reader(cursor, columns);
        var rows = new List<string>();
        StandsOnNoRow(cursor, read);
        while (cursor.MoveNext())
        {
            if (firstPosition is { } first)
                cursor.Position.Should().Be(first + rows.Count);
            else
                cursor.Position.Should().BeGreaterThanOrEqualTo(0);
            rows.Add(read());
        }

        for (var attempt = 0; attempt < 3; attempt++)
        {
            StandsOnNoRow(cursor, read);
            cursor.MoveNext().Should().BeFalse("it has ended");
        }

        StandsOnNoRow(cursor, read);
        return rows;
    }

    private static void StandsOnNoRow(DataViewRowCursor cursor, Func<string> read)
    {
        cursor.Position.Should().Be(-1);
        cursor.Batch.Should().BeGreaterThanOrEqualTo(0);
        read.Should().Throw<InvalidOperationException>();
        var getId = cursor.GetIdGetter();
        var readId = () =>
        {
            DataViewRowId id = default;
            getId(ref id);
        };
        readId.Should().Throw<InvalidOperationException>();
    }

    private static void DisposesOfItsSource(DataViewRowCursor cursor, DataViewSpy spy)
    {
        for (var time = 0; time < 3; time++)
        {
            cursor.Dispose();
            spy.Cursors.Should().ContainSingle().Which.Disposals.Should().Be(1);
        }
    }
}
