using System.Numerics;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>The exact statistics of all rows, dense and sparse.</summary>
internal sealed class PopulationStatistics(string column, ChannelMap map, VarianceEstimate variance) : IColumnStatistics
{
    private readonly ChannelMoments moments = new(map.Channels);
    private SparseMoments? sparse;

    public void Add<T>(ReadOnlySpan<T> rows, ReadOnlySpan<float> weights)
        where T : unmanaged, INumberBase<T> => moments.Add(rows, weights);

    /// <summary>Adds one sparse row by its explicit values.</summary>
    public void AddSparse<T>(ReadOnlySpan<int> slots, ReadOnlySpan<T> values, float weight)
        where T : unmanaged, INumberBase<T> => (sparse ??= new SparseMoments(map)).Add(slots, values, weight);

    public ColumnStatistics Finish()
    {
        if (sparse is not null)
            moments.Merge(sparse.ToMoments());
        return ColumnStatistics.Of(moments, column, variance);
    }
}
