// Trains until it is killed and writes a checkpoint of about 1.3 MB after every epoch, of a few milliseconds each, so that a kill often
// comes while it writes. Goes on from the file if it is there. Or searches, with a folder, and tells every part of a trial when it is done.
// usage: MLNet.BatchNorm.CheckpointWriter <checkpoint file>
//        MLNet.BatchNorm.CheckpointWriter --search <folder>
using Microsoft.ML;
using MLNet.BatchNorm;
using MLNet.BatchNorm.CheckpointWriter;

var random = new Random(1);
var rows = Enumerable.Range(0, 64).Select(i => new Row
{
    Label = i % 2 == 0,
    Features = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle())],
});
var ml = new MLContext(seed: 1);
var data = ml.Data.LoadFromEnumerable(rows.ToArray());
if (args is ["--search", var folder])
    Search(folder);
else
    Train(args[0]);

void Train(string path) => ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
{
    Network = net => net.Dense(256).BatchNorm().Relu().Dense(256).BatchNorm().Relu(),
    Schedule = new ConstantSchedule(),
    ValidationFraction = 0.2f,
    Epochs = 1_000_000,
    BatchSize = 32,
    Seed = 1,
    Checkpoint = new CheckpointOptions(path),
    ResumeFrom = File.Exists(path) ? path : null,
    Progress = report => Console.WriteLine(report.Epoch),
}).Fit(data);

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
