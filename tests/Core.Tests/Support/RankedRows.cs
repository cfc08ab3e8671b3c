using MLNet.BatchNorm.Core.Data;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Rows shared among ranks, and what comes of them.</summary>
internal static class RankedRows
{
    /// <summary>As many rows, one after the other, for each rank; with null all.</summary>
    public static RowSource PartOf(RowSource rows, Ranks? ranks)
    {
        if (ranks is null)
            return rows;
        using var all = rows.InBatches(rows.Rows / ranks.Count);
        all.Start(shuffle: null);
        var builder = new DatasetBuilder(rows.Inputs, rows.HasWeights, rows.IsSparse);
        for (var rank = 0; rank < ranks.Rank; rank++)
            all.Next();
        var batch = all.Next();
        for (var row = 0; row < batch.Rows; row++)
        {
            var (target, weight) = (batch.Targets[row], rows.HasWeights ? batch.Weights[row] : 1);
            var one = new Batch(rows.Inputs, largest: 1, rows.IsSparse);
            one.Clear(hasWeights: true);
            if (rows.IsSparse)
                one.Sparse!.Add(batch.Sparse!.All.ValuesOf(row), batch.Sparse.All.ColumnsOf(row));
            else
                batch.Features.Slice(row * rows.Inputs, rows.Inputs).CopyTo(one.NewRow());
            one.Add(target, weight);
            builder.Add(one);
        }

        return builder.ToDataset();
    }

    /// <summary>All weights and running statistics.</summary>
    public static float[] ValuesOf(Network network) =>
    [
        .. network.Parameters.SelectMany(parameter => parameter.Values.ToArray()),
        .. network.BatchNormLayers.SelectMany(norm => norm.RunningMean.Concat(norm.RunningVariance)),
    ];
}
