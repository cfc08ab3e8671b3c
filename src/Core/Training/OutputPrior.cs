using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// The outputs that would predict the labels best if nothing were known of the features: training starts there and need not find them
/// (Lin et al., 2017, arXiv:1708.02002, section 4.1). A class starts with no smaller share than 1 in 10,000, as one without rows would.
/// </summary>
internal static class OutputPrior
{
    private const double LeastShare = 1e-4;

    /// <summary>The log-odds of targets 0 and 1.</summary>
    public static float LogOdds(RowSource rows, Ranks? ranks = null)
    {
        var shares = Shares(rows, classes: 2, ranks);
        return (float)Math.Log(shares[1] / shares[0]);
    }

    /// <summary>The logarithm of each class's share, less their mean.</summary>
    public static float[] LogShares(RowSource rows, int classes, Ranks? ranks = null)
    {
        double[] logs = [.. Shares(rows, classes, ranks).Select(share => Math.Log(share))];
        var mean = logs.Average();
        return [.. logs.Select((double log) => (float)(log - mean))];
    }

    private static double[] Shares(RowSource rows, int classes, Ranks? ranks)
    {
        var weights = new double[classes];
        foreach (var (target, weight) in rows.Labels())
            weights[(int)target] += weight;
        ranks.Total(weights);
        var total = weights.Sum();
        return [.. weights.Select(weight => Math.Max(LeastShare, weight / total))];
    }
}
