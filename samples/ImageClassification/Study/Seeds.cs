namespace ImageClassification.Study;

/// <summary>Repeats trainings with five seeds; all of them run side by side, as many at a time as there are processors.</summary>
internal static class Seeds
{
    public const int Count = 5;

    /// <summary>What every candidate came to with each seed: [candidate][seed].</summary>
    public static TResult[][] Run<TCandidate, TResult>(IReadOnlyList<TCandidate> candidates, Func<TCandidate, int, TResult> train)
    {
        var results = candidates.Select(_ => new TResult[Count]).ToArray();
        Parallel.For(
            0, candidates.Count * Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => results[i / Count][i % Count] = train(candidates[i / Count], 1 + i % Count));
        return results;
    }
}

/// <summary>Mean and deviation (n - 1) over the seeds.</summary>
internal readonly record struct Spread(double Mean, double Deviation)
{
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return new Spread(mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)));
    }

    /// <summary>"1.80 ± 0.05".</summary>
    public override string ToString() => $"{Mean:F2} ± {Deviation:F2}";

    /// <summary>As percentages: "93.4 ± 0.6".</summary>
    public string InPercent() => $"{100 * Mean:F1} ± {100 * Deviation:F1}";
}
