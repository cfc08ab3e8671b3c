// Writes the same files again and again, a few milliseconds each, until it is killed, which so often comes while it writes. Prints the
// number of what is written.
// usage: MLNet.BatchNorm.CheckpointWriter checkpoint <file>      trains, a checkpoint after every epoch; goes on from one that is there
//        MLNet.BatchNorm.CheckpointWriter model <file> [<times>]  saves a model and its report as the image sample does
//        MLNet.BatchNorm.CheckpointWriter search <folder>         searches for settings, and tells every part of a trial when it is done
using System.Globalization;
using ImageClassification;
using Microsoft.ML;
using MLNet.BatchNorm;
using MLNet.BatchNorm.CheckpointWriter;

var path = args[1];
var random = new Random(1);
var rows = Enumerable.Range(0, 64).Select(i => new Row
{
    Label = i % 2 == 0,
    Features = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle())],
});
var ml = new MLContext(seed: 1);
var data = ml.Data.LoadFromEnumerable(rows.ToArray());
var options = new NeuralNetworkOptions
{
    Network = net => net.Dense(256).BatchNorm().Relu().Dense(256).BatchNorm().Relu(),
    Schedule = new ConstantSchedule(),
    ValidationFraction = 0.2f,
    BatchSize = 32,
    Seed = 1,
};
switch (args[0])
{
    case "checkpoint":
        Train(options with
        {
            Epochs = 1_000_000,
            Checkpoint = new CheckpointOptions(path),
            ResumeFrom = File.Exists(path) ? path : null,
            Progress = report => Console.WriteLine(report.Epoch),
        });
        break;
    case "model":
        var report = OutputFile.ReportBeside(path);
        OutputFile.Model.RequireWritable(path);
        OutputFile.Report.RequireWritable(report);
        var model = Train(options with { Epochs = 1 });
        var times = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : int.MaxValue;
        for (var time = 1; time <= times; time++)
        {
            ModelFile.Save(ml, model, data.Schema, path);
            OutputFile.Report.Write(report, SavedReport.Of(time));
            Console.WriteLine(time);
        }

        break;
    case "search":
        Search(path);
        break;
    default:
        throw new ArgumentException($"There is no mode '{args[0]}'.");
}

NeuralNetworkPredictionTransformer Train(NeuralNetworkOptions options) =>
    ml.BinaryClassification.Trainers.NeuralNetwork(options).Fit(data);

void Search(string path) => ml.BinaryClassification.Trainers.NeuralNetworkSearch(
    trial =>
    {
        var width = trial.Choose("width", 128, 256);
        return new NeuralNetworkOptions
        {
            Network = net => net.Dense(width).BatchNorm().Relu().Dense(256).BatchNorm().Relu(),
            Optimizer = new AdamW { LearningRate = trial.LogUniform("learning rate", 1e-4f, 1e-1f) },
            Epochs = 9,
            BatchSize = 16,
        };
    },
    new NeuralNetworkSearchOptions
    {
        Method = SearchMethod.SuccessiveHalving(trials: 9, factor: 3),
        Metric = "LogLoss",
        Seed = 1,
        Folder = path,
        Progress = Console.WriteLine,
    }).Fit(data);
