using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>The columns of sparse rows in which no training row has a value: nothing can be learned of their weights.</summary>
internal static class UnseenColumns
{
    private const int RowsPerBatch = 256;

    /// <summary>
    /// Sets their weights in the first layer to 0, where training, which changes only weights of columns that a batch has, leaves them. So
    /// a value there changes no prediction, and they need no room in a saved model.
    /// </summary>
    public static void Clear(Network network, RowSource training, Ranks? ranks = null)
    {
        var seen = new bool[training.Inputs];
        using var batches = training.InBatches(RowsPerBatch);
        batches.Start(shuffle: null);
        for (var i = 0; i < batches.Count; i++)
            foreach (var column in batches.Next().Sparse!.All.ColumnsOfAll)
                seen[column] = true;
        foreach (var columnsOfRank in ranks.AllOf<bool>(seen))
            for (var column = 0; column < seen.Length; column++)
                seen[column] |= columnsOfRank[column];

        var weight = network.Layers[0].Parameters[0];
        for (var column = 0; column < seen.Length; column++)
            if (!seen[column])
                weight.Value.Slice(column * weight.RowLength, weight.RowLength).Clear();
    }
}
