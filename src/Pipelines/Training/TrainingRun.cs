using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
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
        if (options.PreciseStatisticsRows is { } rows && result.StopReason != StopReason.Cancelled
            && !TryRecompute(start.Network, training, rows, session))
        {
            session.Inform("Training was cancelled behind the last epoch: the model has the running averages of batch normalization.");
            return new TrainingResult(result.History, StopReason.Cancelled, result.BestEpoch, result.OptimizerState);
        }

        Check(start, training, result, session);
        if (EarlyEnd(result) is { } end)
            session.Inform(end);
        return result;
    }

    /// <summary>Whether it was not cancelled meanwhile; else the network is as it was.</summary>
    private static bool TryRecompute(Network network, RowSource training, int rows, FitSession session)
    {
        var before = network.Copy();
        var isCancelled = false;
        try
        {
            PreciseStatistics.Recompute(network, training, rows, session.Settings, ThrowIfCancelled);
            return true;
        }
        catch (OperationCanceledException) when (isCancelled || session.Cancellation.IsRequested)
        {
            network.CopyFrom(before);
            return false;
        }

        // One rank that is cancelled ends all.
        void ThrowIfCancelled()
        {
            isCancelled = session.Ranks.Any(session.Cancellation.IsRequested);
            if (isCancelled)
                throw new OperationCanceledException();
        }
    }

    private static void Check(TrainingStart start, RowSource training, TrainingResult result, FitSession session)
    {
        if (result.History.Count == 0 || result.StopReason == StopReason.Cancelled)
            return;
        try
        {
            var loss = InferenceCheck.LossOf(start.Network, session.Task.Loss(session.Options), training, session.Settings);
            if (session.IsFirst && InferenceCheck.WarningFor(loss, result.History[^1].TrainingLoss) is { } warning)
                session.Warn(warning);
        }
        catch (OperationCanceledException) when (session.Cancellation.IsRequested)
        {
            // The model is whole; only whether it predicts as well as it should was not looked at.
        }
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
