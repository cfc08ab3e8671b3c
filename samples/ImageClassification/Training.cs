using Microsoft.ML;
using MLNet.BatchNorm.Pipelines;

namespace ImageClassification;

/// <summary>What the user decides about training.</summary>
internal sealed record TrainingChoices(int Seed, int Epochs);

/// <summary>Trains on pictures, reports how well others are predicted, and saves the model.</summary>
internal static class Training
{
    public static void Run(PictureData data, TrainingChoices choices, string modelPath)
    {
        ModelFile.RequireWritable(modelPath);
        Console.WriteLine($"Training on {data.Training.Count} pictures of {data.ClassCount} classes, seed {choices.Seed}:");

        var ml = new MLContext(choices.Seed);
        var pictures = ml.Data.LoadFromEnumerable(data.Training);
        var pipeline = ImagePipeline.WithBatchNorm(ml, data.Format, new NeuralNetworkOptions
        {
            Epochs = choices.Epochs,
            Seed = choices.Seed,
            Progress = EpochLines.Show,
        });
        var model = pipeline.Fit(pictures);

        Console.WriteLine();
        Console.WriteLine($"Test on {data.Test.Count} other pictures:");
        var predictions = model.Transform(ml.Data.LoadFromEnumerable(data.Test));
        var metrics = ml.MulticlassClassification.Evaluate(predictions);
        Report.Print(metrics, Report.ClassNames(predictions));

        ModelFile.Save(ml, model, pictures.Schema, modelPath);
        Console.WriteLine();
        Console.WriteLine(Report.LastLine(metrics, modelPath));
    }
}
