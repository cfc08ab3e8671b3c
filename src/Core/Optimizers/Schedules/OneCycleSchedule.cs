using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// The learning rate rises to its full value and then falls to almost nothing, both along half a cosine (Smith and Topin, 2018,
/// arXiv:1708.07120; PyTorch: OneCycleLR without its cycle of the momentum). The optimizer's learning rate is the peak.
/// </summary>
public sealed record OneCycleSchedule : LearningRateSchedule
{
    /// <summary>Share of the steps that rise; at least 0, less than 1; default 0.3.</summary>
    public float RisingFraction { get; init => field = Require.FractionBelowOne(value); } = 0.3f;

    /// <summary>Peak divided by start; at least 1; default 25.</summary>
    public float StartDivisor { get; init => field = Require.AtLeast(1, value); } = 25;

    /// <summary>Start divided by end; at least 1; default 10000.</summary>
    public float FinalDivisor { get; init => field = Require.AtLeast(1, value); } = 1e4f;

    internal override double Factor(ScheduleProgress progress)
    {
        var start = 1.0 / StartDivisor;
        var peak = Math.Max(0, (double)RisingFraction * progress.TotalSteps - 1);
        var last = progress.TotalSteps - 1;
        return progress.Step <= peak && peak > 0
            ? Between(start, 1, progress.Step / peak)
            : Between(1, start / FinalDivisor, last > peak ? (progress.Step - peak) / (last - peak) : 1);
    }

    private static double Between(double from, double to, double share) => to + (from - to) * (1 + Math.Cos(Math.PI * share)) / 2;
}
