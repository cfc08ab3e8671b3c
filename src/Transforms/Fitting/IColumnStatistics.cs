using System.Numerics;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Takes the rows of a column in their order and makes statistics of them.</summary>
internal interface IColumnStatistics
{
    /// <summary>
    /// Adds rows of one value per channel, channels last: an image is as many rows as it has pixels. Weights: one per row, or empty.
    /// </summary>
    void Add<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> weights)
        where T : unmanaged, INumberBase<T>;

    /// <summary>The statistics of all rows; called once, at the end.</summary>
    ColumnStatistics Finish();
}
