using System.Globalization;
using MLNet.BatchNorm;

namespace ImageClassification.Report;

/// <summary>How a model was trained, so that it can be done again.</summary>
internal static class TrainingTable
{
    public static string Section(Evaluation evaluation) => HtmlReport.Section(
        "How it was trained",
        evaluation.Training is null
            ? "This is what the model file tells; seed, batch size and the like are in the report that the training wrote."
            : "With the same pictures, options and versions on the same kind of processor another training gives the same model. Options "
                + "that are not named have their defaults.",
        FactTable.Of("How it was trained", [.. RowsOf(evaluation.Training), .. RowsOf(evaluation.Network), .. FactTable.Versions()]));

    private static IEnumerable<(string Name, string Value)> RowsOf(TrainingRun? run)
    {
        if (run is null)
            yield break;
        var (options, format) = (run.Options, run.Data.Format);
        yield return ("date", run.Start.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture));
        yield return ("duration", $"{run.Duration.TotalSeconds:F1} s");
        yield return ("arguments", Arguments() is { Length: > 0 } arguments ? arguments : "none");
        yield return (
            "pictures",
            $"{run.Data.Training.Count:N0} of {format.Size} x {format.Size} pixels, {(format.IsGray ? "gray" : "in colour")}; "
                + $"{options.ValidationFraction:P0} of them for validation");
        yield return ("network", run.Network);
        yield return ("seed", $"{options.Seed}");
        yield return ("batch size", $"{options.BatchSize}");
        yield return ("optimizer", Changed(options.Optimizer));
        yield return ("schedule", Changed(options.Schedule));
        yield return ("augmentation", Changed(options.Augmentation));
        yield return ("threads", $"{options.NumberOfThreads ?? NumericsThreads.Max}");
    }

    private static IEnumerable<(string Name, string Value)> RowsOf(NeuralNetworkModelParameters model)
    {
        if (model.History is not [var first, ..])
            yield break;
        yield return ("epochs", $"{model.History.Count} of {first.Epochs} ({model.StopReason})");
        yield return ("largest learning rate", $"{model.History.Max(epoch => epoch.LearningRate):G4}");
        if (model.BestEpoch is { } best)
            yield return ("best epoch", $"{best}, with a validation loss of {model.History[best - 1].ValidationLoss:G4}");
    }

    /// <summary>The name of some options with those that are not at their defaults: "Adam, LearningRate = 0.01".</summary>
    private static string Changed(object? options)
    {
        if (options is null)
            return "none";
        var defaults = Activator.CreateInstance(options.GetType());
        var changed =
            from property in options.GetType().GetProperties()
            where !Equals(property.GetValue(options), property.GetValue(defaults))
            select $"{property.Name} = {property.GetValue(options)}";
        return string.Join(", ", changed.Prepend(options.GetType().Name));
    }

    private static string Arguments() => string.Join(
        ' ', Environment.GetCommandLineArgs().Skip(1).Select(argument => argument.Contains(' ') ? $"\"{argument}\"" : argument));
}
