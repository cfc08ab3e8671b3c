using System.Diagnostics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>Times a training for its reports.</summary>
internal sealed class TrainingClock(TrainingState state, long totalSteps)
{
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly long firstStep = state.Steps;
    private long epochStarted = Stopwatch.GetTimestamp();

    /// <summary>Time since training began, earlier runs included.</summary>
    public TimeSpan Elapsed => state.Before + Stopwatch.GetElapsedTime(started);

    /// <summary>What the steps that are left take if they take as long as those of this run, validation included.</summary>
    public TimeSpan Remaining =>
        Stopwatch.GetElapsedTime(started) * ((double)(totalSteps - state.Steps) / Math.Max(1, state.Steps - firstStep));

    public void StartEpoch() => epochStarted = Stopwatch.GetTimestamp();

    /// <summary>Speed in this epoch.</summary>
    /// <param name="rows">Rows of the epoch so far.</param>
    public double RowsPerSecond(long rows) => rows / Stopwatch.GetElapsedTime(epochStarted).TotalSeconds;
}
