using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>
/// Adds columns that are computed from each row on its own. The one implementation of ML.NET's row-mapping interface behind every
/// transformer here: a transformer states its output columns, what each is computed from, and how.
/// </summary>
internal abstract class RowMapper : IRowToRowMapper
{
    /// <summary>
    /// Appends <paramref name="outputs"/> to <paramref name="inputSchema"/>; an output hides an input column of the same name.
    /// </summary>
    protected RowMapper(DataViewSchema inputSchema, IEnumerable<DataViewSchema.DetachedColumn> outputs)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (var output in outputs)
            builder.AddColumn(output.Name, output.Type, output.Annotations);
        InputSchema = inputSchema;
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <summary>The column that output number <paramref name="output"/> (0 for the first added one) is computed from.</summary>
    public abstract DataViewSchema.Column SourceOf(int output);

    /// <summary>
    /// Getters over <paramref name="input"/>, one for each output; null where <paramref name="isActive"/> says no. They may share what they
    /// compute for a row.
    /// </summary>
    public abstract Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> isActive);

    /// <summary>A cursor that adds the outputs to <paramref name="input"/>; row by row unless a mapper knows better.</summary>
    public virtual DataViewRowCursor Map(DataViewRowCursor input, DataViewSchema.Column[] activeColumns) =>
        new MappedCursor(input, new MappedColumns(this, input, activeColumns));

    /// <summary>Adds the outputs to a graph.</summary>
    /// <exception cref="NotSupportedException">Something has no counterpart in ONNX.</exception>
    public abstract void AddTo(MLNetOnnxGraph graph);

    /// <summary>Position of an output column, after a check that it is one.</summary>
    public int IndexOf(DataViewSchema.Column column) =>
        column.Index < OutputSchema.Count && OutputSchema[column.Index].Name == column.Name
            ? column.Index
            : throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' does not belong to this schema.");

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        dependingColumns
            .Select(IndexOf)
            .Select(index => index < InputSchema.Count ? InputSchema[index] : SourceOf(index - InputSchema.Count))
            .DistinctBy(column => column.Index)
            .ToArray();

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        return new MappedRow(new MappedColumns(this, input, activeColumns));
    }
}
