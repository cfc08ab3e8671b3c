using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>The columns of one mapped row or cursor: those of the input passed through, and the computed ones.</summary>
internal sealed class MappedColumns
{
    private readonly RowMapper mapper;
    private readonly bool[] active;
    private readonly Delegate?[] computed;

    public MappedColumns(RowMapper mapper, DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        this.mapper = mapper;
        Input = input;
        active = new bool[mapper.OutputSchema.Count];
        foreach (var column in activeColumns)
            active[mapper.IndexOf(column)] = true;
        computed = mapper.CreateGetters(input, output => active[mapper.InputSchema.Count + output]);
    }

    public DataViewRow Input { get; }

    public DataViewSchema Schema => mapper.OutputSchema;

    public bool IsActive(DataViewSchema.Column column) => active[mapper.IndexOf(column)];

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var index = mapper.IndexOf(column);
        if (!active[index])
            throw new ArgumentOutOfRangeException(
                nameof(column), $"Column '{column.Name}' was not among the columns asked for when this row or cursor was made.");
        if (index < mapper.InputSchema.Count)
            return Input.GetGetter<TValue>(mapper.InputSchema[index]);
        return computed[index - mapper.InputSchema.Count] as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");
    }
}
