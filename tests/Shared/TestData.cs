using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Tests;

/// <summary>Data views from arrays.</summary>
internal static class TestData
{
    public static readonly MLContext ML = new(seed: 1);

    /// <summary>One vector column; its size is that of the first row unless <paramref name="dimensions"/> say more.</summary>
    public static IDataView Vectors<T>(T[][] rows, int[]? dimensions = null, string[]? slotNames = null, string column = "Features")
    {
        var definition = SchemaDefinition.Create(typeof(Row<T[]>));
        Describe(definition, column, new VectorDataViewType(NumberOf<T>(), dimensions ?? [rows[0].Length]));
        if (slotNames is not null)
            definition[column].AddAnnotation(
                "SlotNames",
                new VBuffer<ReadOnlyMemory<char>>(slotNames.Length, [.. slotNames.Select(name => name.AsMemory())]),
                new VectorDataViewType(TextDataViewType.Instance, slotNames.Length));
        return ML.Data.LoadFromEnumerable(rows.Select(row => new Row<T[]> { Value = row }).ToArray(), definition);
    }

    /// <summary>One column of sparse vectors, from dense rows.</summary>
    public static IDataView SparseVectors(float[][] rows)
    {
        var definition = SchemaDefinition.Create(typeof(Row<VBuffer<float>>));
        Describe(definition, "Features", new VectorDataViewType(NumberDataViewType.Single, rows[0].Length));
        return ML.Data.LoadFromEnumerable(rows.Select(row => new Row<VBuffer<float>> { Value = Sparse(row) }).ToArray(), definition);
    }

    /// <summary>One column of vectors whose size the schema does not tell.</summary>
    public static IDataView VectorsOfAnySize(params float[][] rows)
    {
        var definition = SchemaDefinition.Create(typeof(Row<float[]>));
        Describe(definition, "Features", new VectorDataViewType(NumberDataViewType.Single));
        return ML.Data.LoadFromEnumerable(rows.Select(row => new Row<float[]> { Value = row }).ToArray(), definition);
    }

    /// <summary>One scalar column.</summary>
    public static IDataView Scalars<T>(params T[] values)
    {
        var definition = SchemaDefinition.Create(typeof(Row<T>));
        definition[nameof(Row<T>.Value)].ColumnName = "Features";
        return ML.Data.LoadFromEnumerable(values.Select(value => new Row<T> { Value = value }).ToArray(), definition);
    }

    public static NumberDataViewType NumberOf<T>() =>
        typeof(T) == typeof(float) ? NumberDataViewType.Single
        : typeof(T) == typeof(double) ? NumberDataViewType.Double
        : typeof(T) == typeof(int) ? NumberDataViewType.Int32
        : throw new NotSupportedException(typeof(T).Name);

    private static void Describe(SchemaDefinition definition, string column, DataViewType type)
    {
        var only = definition[nameof(Row<int>.Value)];
        only.ColumnName = column;
        only.ColumnType = type;
    }

    private static VBuffer<float> Sparse(float[] row)
    {
        var indices = Enumerable.Range(0, row.Length).Where(slot => row[slot] != 0).ToArray();
        return new VBuffer<float>(row.Length, indices.Length, [.. indices.Select(slot => row[slot])], indices);
    }

    private sealed class Row<T>
    {
        public T Value { get; set; } = default!;
    }
}
