using ImageClassification.Commands;
using ImageClassification.Pictures;
using ImageClassification.Report;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm;

namespace ImageClassification;

/// <summary>Searches for good settings, reports what each trial came to, and tests and saves the best model.</summary>
internal static class SettingsSearch
{
    /// <returns>The exit code.</returns>
    /// <exception cref="OperationCanceledException">It was stopped before the first trial was done.</exception>
    public static int Run(PictureData data, SearchChoices choices, string modelPath, string reportPath)
    {
        OutputFile.Model.RequireWritable(modelPath);
        OutputFile.Report.RequireWritable(reportPath);
        Console.WriteLine($"Searching over {data.Training.Count} pictures of {data.ClassCount} classes, seed {choices.Seed}:");
        var ml = new MLContext(choices.Seed);
        using var interruption = new Interruption();
        var reports = new List<TrialReport>();
        var options = new NeuralNetworkSearchOptions
        {
            Method = SearchMethod.SuccessiveHalving(choices.Trials, factor: 3),
            Seed = choices.Seed,
            Folder = choices.Folder,
            CancellationToken = interruption.Token,
            Progress = report =>
            {
                reports.Add(report);
                Console.WriteLine($"  {report}");
            },
        };
        var rows = PictureRows.Of(ml, data.Training);
        var pixels = ImagePipeline.Pixels(ml, data.Format).Fit(rows);
        var result = ml.MulticlassClassification.Trainers
            .NeuralNetworkSearch(trial => OptionsOf(trial, choices.Epochs), options)
            .Run(ml.Data.Cache(pixels.Transform(rows), "Label", "Features"));   // or every trial would read the files again

        var predicted = result.Model.Transform(pixels.Transform(rows));
        var model = new TransformerChain<ITransformer>(
            [.. pixels, result.Model, ml.Transforms.Conversion.MapKeyToValue("PredictedLabel").Fit(predicted)]);
        Training.Save(ml, model, modelPath);
        Console.WriteLine($"Best: {result.Best}");
        Console.WriteLine($"Test on {data.Test.Count} other pictures:");
        var evaluation = Evaluation.Of(ml, model, data.Test);
        ConsoleReport.Print(evaluation.Metrics, evaluation.Classes);
        Console.WriteLine();
        OutputFile.Report.Write(reportPath, SearchReport.Of(result, reports));
        Console.WriteLine($"The report: {reportPath}");
        Console.WriteLine(ConsoleReport.LastLine(evaluation.Metrics, modelPath));
        return interruption.Token.IsCancellationRequested ? CommandLine.Interrupted : 0;
    }

    private static NeuralNetworkOptions OptionsOf(SearchTrial trial, int epochs)
    {
        var filters = trial.Choose("filters", 8, 16, 32);
        var dropout = trial.Uniform("dropout", 0, 0.5f);
        var norm = new BatchNormDefinition
        {
            Momentum = trial.LogUniform("batch norm momentum", 0.01f, 0.3f),
            Epsilon = trial.LogUniform("batch norm epsilon", 1e-6f, 1e-1f),
        };
        return new NeuralNetworkOptions
        {
            Network = net => net
                .Conv2D(filters, padding: 1).Add(norm).Relu().MaxPool2D()
                .Conv2D(2 * filters, padding: 1).Add(norm).Relu().GlobalAveragePool().Dropout(dropout),
            Optimizer = trial.Choose("optimizer", "Adam", "SGD") == "Adam"
                ? new Adam { LearningRate = trial.LogUniform("Adam's learning rate", 1e-4f, 1e-1f) }
                : new Sgd { Momentum = 0.9f, LearningRate = trial.LogUniform("SGD's learning rate", 1e-3f, 1) },
            BatchSize = trial.Choose("batch size", 16, 32, 64),
            Epochs = epochs,
        };
    }
}
