// The same pictures, two ways: a small network with batch normalization that starts from nothing, and ML.NET's own ImageClassification,
// which puts one new layer on a large network that Google trained on a million photographs.
//
//   dotnet run -c Release --project samples/VisionComparison -- <folder with one subfolder of pictures for each class>
using System.Diagnostics;
using ImageClassification;
using ImageClassification.Pictures;
using Microsoft.ML;
using Microsoft.ML.Vision;
using MLNet.BatchNorm;

if (args is not [var folder])
{
    Console.Error.WriteLine("Name one folder that has a subfolder of pictures for each class.");
    return 2;
}

PictureData data;
try
{
    data = OwnPictures.Read(folder, PictureFormat.Color, seed: 1, skipUnreadable: false);
}
catch (UserError error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

var ml = new MLContext(seed: 1);
Console.WriteLine($"{data.Training.Count} pictures of {data.ClassCount} classes to train on, {data.Test.Count} others to test on");
Console.WriteLine("                               micro-accuracy  log-loss  seconds to train");
Measure("small network with batch norm", ImagePipeline.Create(ml, data.Format, new NeuralNetworkOptions
{
    Network = NeuralNetworks.SmallCnn([32, 64], convolutions: 2, dropout: 0.3f),
    Epochs = 100,
}));
try
{
    Measure("Microsoft.ML.Vision", ml.Transforms.Conversion.MapValueToKey("Label")
        .Append(ml.Transforms.LoadRawImageBytes("Bytes", imageFolder: null, inputColumnName: nameof(LabeledPicture.ImagePath)))
        .Append(ml.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options
        {
            FeatureColumnName = "Bytes",
            LabelColumnName = "Label",
            Arch = ImageClassificationTrainer.Architecture.MobilenetV2,
        })));
    return 0;
}
catch (Exception failure) when (CauseOf<DllNotFoundException>(failure) is not null)
{
    Console.Error.WriteLine(
        "Microsoft.ML.Vision needs TensorFlow's native library, and it is not here. Add its package for your system and run again: "
        + "dotnet add samples/VisionComparison package SciSharp.TensorFlow.Redist --version 2.3.1");
    return 2;
}
catch (Exception failure) when (failure.Message.Contains("download", StringComparison.OrdinalIgnoreCase))
{
    Console.Error.WriteLine(
        "Microsoft.ML.Vision loads its pretrained network from the internet when it is first used, and could not. "
        + $"Run again with a connection. The cause: {failure.Message.ReplaceLineEndings(" ")}");
    return 2;
}

void Measure(string name, IEstimator<ITransformer> pipeline)
{
    var watch = Stopwatch.StartNew();
    var model = pipeline.Fit(ml.Data.LoadFromEnumerable(data.Training));
    var seconds = watch.Elapsed.TotalSeconds;
    var metrics = ml.MulticlassClassification.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(data.Test)));
    Console.WriteLine($"{name,-30}{metrics.MicroAccuracy,15:F3}{metrics.LogLoss,10:F3}{seconds,18:F1}");
}

static T? CauseOf<T>(Exception? failure)
    where T : Exception
{
    while (failure is not (null or T))
        failure = failure.InnerException;
    return (T?)failure;
}
