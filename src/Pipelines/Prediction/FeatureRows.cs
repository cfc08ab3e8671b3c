using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>
/// The features of a block of rows, side by side as a network takes them, or sparse where that pays. Each row is copied once, while it is
/// still in the cache.
/// </summary>
/// <param name="inputs">Values of a row.</param>
/// <param name="mayBeSparse">Whether the network takes sparse rows.</param>
internal sealed class FeatureRows(int inputs, bool mayBeSparse)
{
    private readonly SparseBuffer sparse = new();
    private float[] dense = [];
    private int capacity;
    private int rows;
    private bool isKeptSparse;   // all rows so far: since one of them was

    /// <summary>
    /// Whether to take the rows from <see cref="Sparse"/> and not from <see cref="AsDense"/>; to the last bit they predict the same.
    /// </summary>
    public bool IsSparse => isKeptSparse && SparseProduct.Pays(sparse.Count, (long)rows * inputs);

    public SparseRows Sparse => sparse.All;

    /// <summary>Makes room for <paramref name="most"/> rows and leaves none.</summary>
    public void Clear(int most)
    {
        (capacity, rows, isKeptSparse) = (most, 0, false);
        sparse.Clear();
    }

    /// <summary>Adds a copy of a row.</summary>
    public void Add(in VBuffer<float> row)
    {
        if (mayBeSparse && !isKeptSparse && !row.IsDense)
        {
            for (var before = 0; before < rows; before++)
                sparse.Add(RowOfDense(before), slots: []);
            isKeptSparse = true;
        }

        if (isKeptSparse)
            sparse.Add(row.GetValues(), row.GetIndices());
        else
            row.CopyTo(RowOfDense(rows));
        rows++;
    }

    public ReadOnlySpan<float> AsDense()
    {
        if (isKeptSparse)
            sparse.All.CopyTo(Reserved(), inputs);
        return dense.AsSpan(0, rows * inputs);
    }

    private Span<float> RowOfDense(int row) => Reserved().Slice(row * inputs, inputs);

    // When first needed: sparse rows are often too wide for it.
    private Span<float> Reserved()
    {
        if (dense.Length < capacity * inputs)
            Array.Resize(ref dense, capacity * inputs);
        return dense;
    }
}
