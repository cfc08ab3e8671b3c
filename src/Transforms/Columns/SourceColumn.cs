using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>A column of a data view, and how the user asked for it.</summary>
internal readonly record struct SourceColumn(DataViewSchema.Column Column, ColumnReference Reference)
{
    public string Name => Column.Name;

    public DataViewType Type => Column.Type;

    /// <inheritdoc cref="ColumnReference.Subject"/>
    public string Subject => Reference.Subject;

    /// <summary>The error for this column's type, and what to do about it, if there is a usual way.</summary>
    public ArgumentOutOfRangeException Mismatch(string expected, string? remedy = null) => Reference.Mismatch(expected, Type, remedy);

    /// <summary>The error for something else about this column.</summary>
    public ArgumentOutOfRangeException Mismatch(string expected, object found, string remedy) =>
        Reference.Mismatch(expected, found, remedy);

    /// <summary>The error for a column that does not go with others.</summary>
    public ArgumentException Contradiction(string message) => new(message, Reference.Parameter);
}
