using System.Globalization;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>Makes one fitted column of two, where the parts determine the whole.</summary>
internal static class ColumnMerging
{
    /// <summary>The column that the data of both would have given.</summary>
    /// <param name="first">A fitted column.</param>
    /// <param name="second">The same column, fitted on other data.</param>
    /// <param name="parameter">The argument that the second came from, for errors.</param>
    /// <exception cref="ArgumentException">They are not parts of one whole.</exception>
    public static BatchNormalizationColumn Merge(BatchNormalizationColumn first, BatchNormalizationColumn second, string parameter)
    {
        RefuseInexact(first.Rules, first.OutputColumnName);
        if (Difference(first, second) is { } difference)
            throw new ArgumentException(
                $"The columns '{first.OutputColumnName}' and '{second.OutputColumnName}' cannot be merged: {difference}. "
                + "Fit both with the same options on columns of the same name and size.", parameter);
        if (second.Count == 0)
            return first;
        var moments = first.Statistics.ToMoments(first.VarianceEstimate);
        moments.Merge(second.Statistics.ToMoments(second.VarianceEstimate));
        return first.With(ColumnStatistics.Of(moments, first.InputColumnName, first.VarianceEstimate), MergedRules(first, second));
    }

    /// <summary>Refuses statistics and parameters of which two parts do not determine the whole.</summary>
    /// <exception cref="ArgumentException">They are a moving average or learned from labels.</exception>
    public static void RefuseInexact(NormalizationRules rules, string outputColumnName)
    {
        if (rules.IsMovingAverage)
            throw new ArgumentException(
                $"Column '{outputColumnName}' has moving averages, which depend on the order of all batches: two of them do not tell what "
                + "one over both parts would be. Fit on all data at once, or without MovingAverage.");
        if (rules.IsGammaBetaLearned)
            throw new ArgumentException(
                $"Column '{outputColumnName}' has a learned gamma and beta, which come from training on all data: two of them do not tell "
                + "what both parts together would have given. Fit on all data at once, or without LearnedAffine.");
    }

    private static string? Difference(BatchNormalizationColumn first, BatchNormalizationColumn second)
    {
        if (first.InputColumnName != second.InputColumnName || first.OutputColumnName != second.OutputColumnName)
            return $"one goes from '{first.InputColumnName}' to '{first.OutputColumnName}', "
                + $"the other from '{second.InputColumnName}' to '{second.OutputColumnName}'";
        if (first.Map != second.Map)
            return $"one is fitted on {first.Map}, the other on {second.Map}";
        if (OtherRule(MergedRules(first, second), MergedRules(second, first)) is { } rule)
            return rule;
        return first.GammaBeta == second.GammaBeta ? null : "their gamma or beta differ";
    }

    private static string? OtherRule(NormalizationRules first, NormalizationRules second)
    {
        (string Name, object First, object Second)[] rules =
        [
            (nameof(first.Epsilon), first.Epsilon, second.Epsilon),
            (nameof(first.Variance), first.Variance, second.Variance),
            (nameof(first.MissingValues), first.MissingValues, second.MissingValues),
            (nameof(first.FixZero), first.FixZero, second.FixZero),
            (nameof(BatchNormalizationOptions.MovingAverage), first.IsMovingAverage, second.IsMovingAverage),
            (nameof(BatchNormalizationOptions.LearnedAffine), first.IsGammaBetaLearned, second.IsGammaBetaLearned),
        ];
        var (name, one, other) = rules.FirstOrDefault(rule => !rule.First.Equals(rule.Second));
        return name is null ? null : string.Create(CultureInfo.InvariantCulture, $"one has {name} {one}, the other {other}");
    }

    // What an earlier version saved is merged into what this one fits, whose epsilon is relative.
    private static NormalizationRules MergedRules(BatchNormalizationColumn first, BatchNormalizationColumn second) =>
        first.Rules with { IsEpsilonRelative = first.IsEpsilonRelative || second.IsEpsilonRelative };
}
