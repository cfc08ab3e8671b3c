using ImageClassification.Commands;
using ImageClassification.Pictures;
using ImageClassification.Report;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm;

namespace ImageClassification;

/// <summary>Trains on pictures, reports how well others are predicted, and saves the model.</summary>
internal static class Training
{
    private const float ValidationFraction = 0.1f;

    /// <returns>The exit code.</returns>
    /// <exception cref="OperationCanceledException">It was stopped before the first epoch was done.</exception>
    public static int Run(PictureData data, TrainingChoices choices, string modelPath, string reportPath)
    {
        OutputFile.Model.RequireWritable(modelPath);
        OutputFile.Report.RequireWritable(reportPath);
        // Of fewer pictures a class, a share would be less than one.
        var canValidate = data.Training.Count * ValidationFraction >= data.ClassCount;
        Console.WriteLine(
            $"Training on {data.Training.Count} pictures of {data.ClassCount} classes, seed {choices.Seed}"
            + (canValidate ? ":" : ", too few to keep some for validation:"));

        var ml = new MLContext(choices.Seed);
        using var interruption = new Interruption();
        var options = new NeuralNetworkOptions
        {
            Network = net => Networks.ByName[choices.Network](net.BatchNorm()),   // the first one is for the pixels
            NormalizeFeatures = false,
            PreciseStatisticsRows = null,
            Augmentation = new Augmentation { Shift = 0.1f, RotationDegrees = 10, Scale = 0.1f },
            Optimizer = new Adam { LearningRate = 0.01f },
            Schedule = new OneCycleSchedule(),
            Epochs = choices.Epochs,
            BatchSize = choices.BatchSize,
            Seed = choices.Seed,
            NumberOfThreads = choices.Threads,
            // For the learning curves: training never sees these pictures.
            ValidationFraction = canValidate ? ValidationFraction : 0,
            CancellationToken = interruption.Token,
        };
        var rows = PictureRows.Of(ml, data.Training);
        var start = DateTimeOffset.Now;
        var model = TrainingProgress.Show(options, watched => ImagePipeline.Learn(ml, data.Format, watched).Fit(rows));
        var run = new TrainingRun(options, choices.Network, data, start, DateTimeOffset.Now - start);
        var stop = StopOf(model, choices.Epochs);
        Save(ml, model, modelPath);

        Console.WriteLine(stop);
        Console.WriteLine($"Test on {data.Test.Count} other pictures:");
        var evaluation = Evaluation.Of(ml, model, data.Test) with { Training = run };
        ConsoleReport.Print(evaluation.Metrics, evaluation.Classes);
        Console.WriteLine();
        OutputFile.Report.Write(reportPath, HtmlReport.Of(evaluation));
        Console.WriteLine($"The report: {reportPath}");
        Console.WriteLine(ConsoleReport.LastLine(evaluation.Metrics, modelPath));
        return stop is null ? 0 : CommandLine.Interrupted;
    }

    // Pictures of files or not: a saved model reads files.
    internal static void Save(MLContext ml, IEnumerable<ITransformer> model, string path)
    {
        var files = ml.Data.LoadFromEnumerable<LabeledPicture>([]);
        ModelFile.Save(ml, new TransformerChain<ITransformer>([ImagePipeline.Load(ml).Fit(files), .. model]), files.Schema, path);
    }

    private static string? StopOf(IEnumerable<ITransformer> model, int epochs)
    {
        var network = model.OfType<NeuralNetworkPredictionTransformer>().Single().Model;
        if (network.StopReason != StopReason.Cancelled)
            return null;
        if (network.History.Count == 0)
            throw new OperationCanceledException();
        var stop = $"Stopped after epoch {network.History.Count} of {epochs}";
        return network.BestEpoch is { } best
            ? $"{stop}: the model has the weights of epoch {best}, whose validation loss was lowest.\n"
            : $"{stop}: the model has what was learned up to then.\n";
    }
}
