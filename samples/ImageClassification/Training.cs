using ImageClassification.Pictures;
using ImageClassification.Report;
using Microsoft.ML;
using MLNet.BatchNorm;

namespace ImageClassification;

/// <summary>Trains on pictures, reports how well others are predicted, and saves the model.</summary>
internal static class Training
{
    public static void Run(PictureData data, TrainingChoices choices, string modelPath, string reportPath)
    {
        OutputFile.Model.RequireWritable(modelPath);
        OutputFile.Report.RequireWritable(reportPath);
        Console.WriteLine($"Training on {data.Training.Count} pictures of {data.ClassCount} classes, seed {choices.Seed}:");

        var ml = new MLContext(choices.Seed);
        var pictures = ml.Data.LoadFromEnumerable(data.Training);
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
            ValidationFraction = 0.1f,   // for the learning curves: training never sees these pictures
        };
        var start = DateTimeOffset.Now;
        var model = TrainingProgress.Show(options, watched => ImagePipeline.Create(ml, data.Format, watched).Fit(pictures));
        var run = new TrainingRun(options, choices.Network, data, start, DateTimeOffset.Now - start);
        ModelFile.Save(ml, model, pictures.Schema, modelPath);

        Console.WriteLine();
        Console.WriteLine($"Test on {data.Test.Count} other pictures:");
        var evaluation = Evaluation.Of(ml, model, data.Test) with { Training = run };
        ConsoleReport.Print(evaluation.Metrics, evaluation.Classes);
        Console.WriteLine();
        OutputFile.Report.Write(reportPath, HtmlReport.Of(evaluation));
        Console.WriteLine($"The report: {reportPath}");
        Console.WriteLine(ConsoleReport.LastLine(evaluation.Metrics, modelPath));
    }
}
