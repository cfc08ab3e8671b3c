namespace MLNet.BatchNorm.Core.Training;

/// <summary>Where the bins of a piecewise-linear encoding begin and end.</summary>
internal static class BinEdges
{
    /// <summary>
    /// Every value that occurs, if these are few. Else a value that could fill a bin alone is an edge, and the other rows share the other
    /// bins evenly, as in LightGBM (Ke et al., 2017): a feature that is mostly 0 keeps its bins for the rest. The smallest and the largest
    /// value are edges. None for fewer than three values.
    /// </summary>
    /// <param name="values">A feature of some rows; sorted afterwards.</param>
    /// <param name="bins">Most bins; at least 2.</param>
    public static float[] Of(List<float> values, int bins)
    {
        values.Sort();
        (float Value, int Rows)[] runs = [.. Runs(values)];
        if (runs.Length <= bins + 1)
            return runs.Length <= 2 ? [] : [.. runs.Select(run => run.Value)];

        var most = (double)values.Count / bins;
        var heavy = runs.Count(run => run.Rows >= most);
        var share = runs.Where(run => run.Rows < most).Sum(run => run.Rows) / (double)Math.Max(1, bins - heavy);
        List<float> edges = [runs[0].Value];
        var gathered = 0.0;
        foreach (var (value, rows) in runs)
        {
            if (rows < most && (gathered += rows) < share)
                continue;
            if (rows < most)
                gathered -= share;
            Add(value);
        }

        Add(runs[^1].Value);
        return [.. edges];

        void Add(float value)
        {
            if (edges[^1] != value)
                edges.Add(value);
        }
    }

    /// <summary>The mean of every bin's encoding over the sampled values, bin after bin, feature after feature.</summary>
    public static float[] Means(List<float>[] samples, float[][] edges) =>
        [.. edges.SelectMany((of, feature) => of.Zip(of.Skip(1), (from, to) =>
            (float)samples[feature].Average(value => Math.Clamp(((double)value - from) / ((double)to - from), 0, 1))))];

    private static IEnumerable<(float Value, int Rows)> Runs(List<float> sorted)
    {
        for (int i = 0, next; i < sorted.Count; i = next)
        {
            for (next = i + 1; next < sorted.Count && sorted[next] == sorted[i]; next++)
            {
            }

            yield return (sorted[i], next - i);
        }
    }
}
