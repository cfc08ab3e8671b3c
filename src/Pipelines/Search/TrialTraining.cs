using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Pipelines.Training;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>Trains a part of a trial on each division of the rows, and judges it by the rows that were left out.</summary>
internal sealed class TrialTraining(
    IHostEnvironment environment, MLContext ml, SearchedTask task, SearchMetric metric, IReadOnlyList<Division> divisions,
    TrialFolder folder, CancellationToken cancellation)
{
    private const string BlewUp = "Training blew up: its loss is more than three times that of predicting the same for every row.";

    /// <summary>Trains the part behind those that are done, and keeps it.</summary>
    /// <param name="trial">Values and options.</param>
    /// <param name="record">What there is of it.</param>
    /// <param name="divisors">Those of all parts.</param>
    /// <returns>The trial with the part.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is kept of the part.</exception>
    public TrialRecord Train(AskedTrial trial, TrialRecord record, IReadOnlyList<int> divisors)
    {
        if (record.Parts is [.., { IsOver: true } done])
            return Keep(record, done with { Seconds = 0 }, model: null);
        var started = Stopwatch.GetTimestamp();
        var models = new List<NeuralNetworkPredictionTransformer>();
        var values = new List<double>();
        string? failure = null;
        for (var i = 0; i < divisions.Count && failure is null; i++)
        {
            (var model, failure) = Train(trial, record.Parts.Count, i, divisors);
            if (model is null)
                break;
            models.Add(model);
            values.Add(metric.Measure(ml, model.Transform(divisions[i].Validation), trial.Options.LabelColumnName));
            if (failure is null && !double.IsFinite(values[^1]))
                failure = $"The predictions have no finite {metric.Name}.";
        }

        var part = new TrialPart(
            models.FirstOrDefault()?.Model.History.Count ?? 0,
            failure is null ? values.Average() : null,
            failure is null ? Deviation(values) : null,
            Stopwatch.GetElapsedTime(started).TotalSeconds,
            models.Any(model => model.Model.StopReason == StopReason.EarlyStopping),
            failure);
        return Keep(record, part, failure is null && models is [var only] ? only : null);
    }

    /// <summary>Trains on all rows.</summary>
    public NeuralNetworkPredictionTransformer TrainOnAll(IDataView rows, NeuralNetworkOptions options) =>
        TrainerOf(options).Fit(rows, previousModelParameters: null);

    private static double? Deviation(List<double> values)
    {
        if (values.Count < 2)
            return null;
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }

    private TrialRecord Keep(TrialRecord record, TrialPart part, NeuralNetworkPredictionTransformer? model)
    {
        var longer = record with { Parts = [.. record.Parts, part] };
        folder.Write(longer, model is null ? null : (model, divisions[0].Training.Schema));
        return longer;
    }

    private (NeuralNetworkPredictionTransformer? Model, string? Failure) Train(
        AskedTrial trial, int part, int division, IReadOnlyList<int> divisors)
    {
        var (number, isSaved) = (trial.Number, false);
        var training = new TrainingPart(divisors[part])
        {
            From = part == 0 ? null : folder.ReadCheckpoint(number, part - 1, division),
            Save = part == divisors.Count - 1 ? null : checkpoint =>
            {
                folder.WriteCheckpoint(number, part, division, checkpoint);
                isSaved = true;
            },
        };
        try
        {
            var trainer = TrainerOf(trial.Options with { ValidationData = divisions[division].Validation });
            var model = trainer.Fit(divisions[division].Training, previousModelParameters: null, training);
            if (model.Model.StopReason == StopReason.Cancelled)
                throw new OperationCanceledException("The search was cancelled.", cancellation);
            if (!isSaved && part > 0 && training.Save is not null)   // of few epochs, a part may have none
                folder.CopyCheckpoint(number, part - 1, division);
            return (model, model.Model.StopReason == StopReason.Diverged ? BlewUp : null);
        }
        catch (TrainingDivergedException diverged)
        {
            return (null, diverged.Message);
        }
    }

    private NetworkTrainer TrainerOf(NeuralNetworkOptions options) =>
        new(environment, task.Trainer, options with { CancellationToken = cancellation }, task.Learning);
}
