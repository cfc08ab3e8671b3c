// Stands for internal classes of Microsoft.ML.Data: a view that adds columns computed row by row. Left out: sets of several cursors.

namespace MLNet.Offline;

/// <summary>An added column, the input columns that it reads, and how to make its getter (a ValueGetter of its raw type).</summary>
internal sealed record MappedColumn(
    string Name, DataViewType Type, DataViewSchema.Annotations Annotations,
    DataViewSchema.Column[] Inputs, Func<DataViewRow, Delegate> MakeGetter);

/// <summary>The input columns, followed by the added ones.</summary>
internal sealed class RowMapper : IRowToRowMapper
{
    private readonly MappedColumn[] added;

    public RowMapper(DataViewSchema inputSchema, IEnumerable<MappedColumn> added)
    {
        InputSchema = inputSchema;
        this.added = added.ToArray();
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (var column in this.added)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }
    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => dependingColumns
        .SelectMany(column => added.ElementAtOrDefault(column.Index - InputSchema.Count)?.Inputs ?? [InputSchema[column.Index]])
        .DistinctBy(column => column.Index)
        .ToArray();

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        Contracts.CheckRef(input, nameof(input));
        if (input.Schema != InputSchema)
            throw new ArgumentException("The row has another schema than the mapper was made for.", nameof(input));
        return new MappedCursor(this, input, ActiveColumns.Of(OutputSchema, activeColumns));
    }

    public ValueGetter<TValue> GetGetter<TValue>(DataViewRow input, DataViewSchema.Column column) => column.Index < InputSchema.Count
        ? input.GetGetter<TValue>(InputSchema[column.Index])
        : Getters.Cast<TValue>(added[column.Index - InputSchema.Count].MakeGetter(input), column);
}

/// <summary>A row of a <see cref="RowMapper"/>; a cursor when its input is one.</summary>
internal sealed class MappedCursor(RowMapper mapper, DataViewRow input, ActiveColumns active) : DataViewRowCursor
{
    public override DataViewSchema Schema => mapper.OutputSchema;
    public override long Position => input.Position;
    public override long Batch => input.Batch;
    public override bool MoveNext() => ((DataViewRowCursor)input).MoveNext();
    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        active.Check(column);
        return mapper.GetGetter<TValue>(input, column);
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            input.Dispose();
        base.Dispose(disposing);
    }
}

internal sealed class MappedView(IDataView input, RowMapper mapper) : IDataView
{
    public bool CanShuffle => input.CanShuffle;
    public DataViewSchema Schema => mapper.OutputSchema;
    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = Contracts.CheckRef(columnsNeeded, nameof(columnsNeeded)).ToArray();
        return new MappedCursor(mapper, input.GetRowCursor(mapper.GetDependencies(needed), rand), ActiveColumns.Of(Schema, needed));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}

/// <summary>The columns that a caller asked for; reading another is an error, whether or not it could be read.</summary>
internal readonly struct ActiveColumns(bool[] active)
{
    public static ActiveColumns Of(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[schema.Count];
        foreach (var column in columns)
            active[schema[column.Index].Index] = true;
        return new(active);
    }

    public bool Contains(DataViewSchema.Column column) => column.Index < active.Length
        ? active[column.Index]
        : throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not one of the {active.Length} of this row.");

    public void Check(DataViewSchema.Column column)
    {
        if (!Contains(column))
            throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not active: ask for it with the cursor.");
    }
}
