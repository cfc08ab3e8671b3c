using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Decides whether the rows of a feature column are kept sparse in training.</summary>
internal static class SparseFeatures
{
    // Below, a row costs little, and dense products of whole tiles are as fast.
    private const int LeastSlots = 256;

    private const int SampleRows = 100;

    /// <summary>
    /// Whether the column has 256 slots or more and, over its first 100 rows, most come as sparse vectors and less than an eighth of all
    /// values is not 0.
    /// </summary>
    public static bool AreIn(IDataView input, SourceColumn column, int slots)
    {
        if (slots < LeastSlots)
            return false;
        using var cursor = input.GetRowCursor([column.Column]);
        var reader = new RowReader<float>(cursor, column.Column, slots);
        var (rows, sparseRows, values) = (0, 0, 0L);
        while (rows < SampleRows && cursor.MoveNext())
        {
            ref readonly var row = ref reader.ReadVector();
            rows++;
            sparseRows += row.IsDense ? 0 : 1;
            values += row.GetValues().Length - row.GetValues().Count(0f);
        }

        return 2 * sparseRows > rows && SparseProduct.Pays(values, (long)rows * slots);
    }
}
