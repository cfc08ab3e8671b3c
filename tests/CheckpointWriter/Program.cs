// Trains until it is killed and writes a checkpoint of about 1.3 MB after every epoch, of a few milliseconds each, so that a kill often
// comes while it writes. Goes on from the file if it is there.
// usage: MLNet.BatchNorm.CheckpointWriter <checkpoint file>
using Microsoft.ML;
using MLNet.BatchNorm;
using MLNet.BatchNorm.CheckpointWriter;

var path = args[0];
var random = new Random(1);
var rows = Enumerable.Range(0, 64).Select(i => new Row
{
    Label = i % 2 == 0,
    Features = [.. Enumerable.Range(0, 64).Select(_ => random.NextSingle())],
});
var ml = new MLContext(seed: 1);
ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
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
}).Fit(ml.Data.LoadFromEnumerable(rows.ToArray()));
