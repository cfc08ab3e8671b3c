using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Decides whether the rows of a feature column are kept sparse in training.</summary>
/// <param name="MayBe">Whether the network takes sparse rows.</param>
/// <param name="IsStandardizedIfDense">Whether dense rows are brought to one scale, where sparse ones stay as they are.</param>
internal readonly record struct SparseFeatures(bool MayBe, bool IsStandardizedIfDense)
{
    // Below, a row costs little, and dense products of whole tiles are as fast.
    private const int LeastSlots = 256;

    // Above, dense rows take too long for the sake of a few numbers among them.
    private const int MostDenseSlots = 4_096;

    // Beyond what words, their counts and categories have.
    private const float LargestScale = 10;

    private const int SampleRows = 100;

    /// <summary>
    /// Whether the column has 256 slots or more and, over its first 100 rows, most come as sparse vectors and less than an eighth of all
    /// values is not 0; but not where up to 4,096 slots hold a number whose scale is above 10, which a standardized row would not have.
    /// </summary>
    /// <param name="input">The rows.</param>
    /// <param name="column">The features.</param>
    /// <param name="slots">Values of a dense row.</param>
    /// <param name="warning">Tells of such a number in rows that are kept sparse; null: there is none.</param>
    public bool AreIn(IDataView input, SourceColumn column, int slots, out string? warning)
    {
        warning = null;
        if (!MayBe || slots < LeastSlots)
            return false;
        using var cursor = input.GetRowCursor([column.Column]);
        var reader = new RowReader<float>(cursor, column.Column, slots);
        var (rows, sparseRows, values) = (0, 0, 0L);
        var squares = new Dictionary<int, (int Rows, double Sum)>();
        while (rows < SampleRows && cursor.MoveNext())
        {
            ref readonly var row = ref reader.ReadVector();
            rows++;
            sparseRows += row.IsDense ? 0 : 1;
            values += row.GetValues().Length - row.GetValues().Count(0f);
            if (IsStandardizedIfDense)
                AddSquares(row.GetValues(), row.GetIndices(), squares);
        }

        if (2 * sparseRows <= rows || !SparseProduct.Pays(values, (long)rows * slots))
            return false;
        var large = squares.Where(slot => 2 * slot.Value.Rows > rows && Scale(slot.Value) > LargestScale).ToArray();
        if (large.Length == 0)
            return true;
        if (slots <= MostDenseSlots)
            return false;
        var (first, squaresOfFirst) = large.MinBy(slot => slot.Key);
        warning = string.Create(
            CultureInfo.InvariantCulture,
            $"Column {column.Subject} has numbers of {Scale(squaresOfFirst):G3} in slot {first} of {slots:N0}. Its rows are nearly all 0 "
            + $"and kept sparse, and sparse rows are not brought to one scale: next to such numbers the network learns little of "
            + $"the others. Put NormalizeMeanVariance or BatchNormalization on the column of these numbers, in front of Concatenate.");
        return true;
    }

    private static double Scale((int Rows, double Sum) squares) => Math.Sqrt(squares.Sum / squares.Rows);

    private static void AddSquares(ReadOnlySpan<float> values, ReadOnlySpan<int> slots, Dictionary<int, (int Rows, double Sum)> squares)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] == 0)
                continue;
            var slot = slots.IsEmpty ? i : slots[i];
            var (rows, sum) = squares.GetValueOrDefault(slot);
            squares[slot] = (rows + 1, sum + (double)values[i] * values[i]);
        }
    }
}
