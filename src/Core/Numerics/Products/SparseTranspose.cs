namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The transpose of a sparse matrix without its empty rows, for the gradient of weights: transpose(A) * dy has as many rows as A has
/// columns with a value. Allocates nothing once it has seen its largest matrix.
/// </summary>
/// <param name="width">Columns of the matrix.</param>
internal sealed class SparseTranspose(int width)
{
    private readonly int[] places = new int[width];   // among the columns that have a value, from 1; 0 for one that has none
    private int[] columns = [];
    private int[] starts = [];
    private float[] values = [];
    private int[] rows = [];
    private int count;

    /// <summary>The columns of the matrix that have a value, in the order in which they come in it.</summary>
    public ReadOnlySpan<int> Columns => columns.AsSpan(0, count);

    /// <summary>One row for each of <see cref="Columns"/>.</summary>
    public SparseRows Rows => new(values, rows, starts.AsSpan(0, count + 1));

    /// <summary>Transposes <paramref name="a"/>: counts the values of each column, then puts each in its place.</summary>
    public void Of(SparseRows a)
    {
        Reserve(a.Count);
        count = 0;
        starts.AsSpan(0, a.Count + 2).Clear();
        foreach (var column in a.ColumnsOfAll)
        {
            if (places[column] == 0)
            {
                columns[count++] = column;
                places[column] = count;
            }

            starts[places[column] + 1]++;   // two behind its own start, so that placing moves each to where it belongs
        }

        for (var i = 1; i <= count; i++)
            starts[i + 1] += starts[i];
        for (var row = 0; row < a.Rows; row++)
            for (var i = a.Starts[row]; i < a.Starts[row + 1]; i++)
            {
                var to = starts[places[a.Columns[i]]]++;
                (values[to], rows[to]) = (a.Values[i], row);
            }

        foreach (var column in Columns)
            places[column] = 0;
    }

    private void Reserve(int most)
    {
        if (most <= values.Length && starts.Length > 0)
            return;
        var size = Math.Max(most, 2 * values.Length);
        (columns, starts, values, rows) = (new int[size], new int[size + 2], new float[size], new int[size]);
    }
}
