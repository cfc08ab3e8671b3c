using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Trains a network on rows: the loop, and what belongs before and behind it.</summary>
internal static class TrainingRun
{
    /// <summary>Trains the network of <paramref name="start"/>, which predicts labels in their own unit afterwards.</summary>
    public static TrainingResult Train(TrainingStart start, RowSource training, RowSource? validation, FitSession session)
    {
        if (training.IsSparse && start.IsNew)
            UnseenColumns.Clear(start.Network, training, session.Ranks);
        if (session.Task.TargetScaleOf(training, session.Options, session.Ranks) is not { } scale)
            return Loop(start, training, validation, session);
        if (start.IsTrained)
        {
            scale = scale.ForTrained();
            scale.TakeOutOf(start.Network);
        }

        var result = Loop(start, training.WithTargets(scale.Standardize), validation?.WithTargets(scale.Standardize), session);
        scale.MoveInto(start.Network);
        return result;
    }

    private static TrainingResult Loop(TrainingStart start, RowSource training, RowSource? validation, FitSession session)
    {
        var options = session.Options;
        var result = start.ToLoop(session.Task.Loss(options), session.Settings).Run(training, validation);
        if (options.PreciseStatisticsRows is { } rows && result.StopReason != StopReason.Cancelled)
            PreciseStatistics.Recompute(start.Network, training, rows, session.Settings);
        Check(start, training, result, session);
        if (EarlyEnd(result) is { } end)
            session.Inform(end);
        return result;
    }

    private static void Check(TrainingStart start, RowSource training, TrainingResult result, FitSession session)
    {
        if (result.History.Count == 0 || result.StopReason == StopReason.Cancelled)
            return;
        var loss = InferenceCheck.LossOf(start.Network, session.Task.Loss(session.Options), training, session.Settings);
        if (session.IsFirst && InferenceCheck.WarningFor(loss, result.History[^1].TrainingLoss) is { } warning)
            session.Warn(warning);
    }

    private static string? EarlyEnd(TrainingResult result)
    {
        var reason = result.StopReason switch
        {
            StopReason.EarlyStopping => "stopped early",
            StopReason.Cancelled => "was cancelled",
            StopReason.TimeLimit => "reached its time limit",
            _ => null,
        };
        if (reason is null)
            return null;
        var kept = result.BestEpoch is { } best
            ? $"the weights of epoch {best}, whose validation loss was lowest"
            : "what was learned up to then";
        return $"Training {reason} after {result.History.Count} epochs; the model has {kept}.";
    }
}
