using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>
/// W3 to W7 and W10: training steps (forward, loss, backward, optimizer) on batches that are consecutive slices of data in memory, and
/// whole shuffled epochs.
/// </summary>
internal static class TrainingWorkloads
{
    public static IEnumerable<Measurement> Mlp(Timing timing) =>
        new[] { true, false }.Select(batchNorm => Train(
            timing, $"mlp_train[{(batchNorm ? "bn" : "nobn")}]",
            BenchmarkNetworks.Mlp([784, 100, 100, 100, 10], ActivationKind.Sigmoid, batchNorm),
            new Sgd { LearningRate = 0.05f, Momentum = 0.9f }, rows: 6000, batch: 60, "examples/s"));

    public static IEnumerable<Measurement> MlpWide(Timing timing) =>
        new[] { true, false }.Select(batchNorm => Train(
            timing, $"mlp_train_wide[{(batchNorm ? "bn" : "nobn")}]",
            BenchmarkNetworks.Mlp([784, 512, 256, 10], ActivationKind.Relu, batchNorm),
            new Adam(), rows: 6400, batch: 128, "examples/s"));

    public static IEnumerable<Measurement> Tabular(Timing timing) =>
    [
        Train(
            timing, "tabular_train[bn]", BenchmarkNetworks.Mlp([30, 64, 32, 2], ActivationKind.Relu, batchNorm: true),
            new Adam(), rows: 12800, batch: 64, "examples/s"),
    ];

    public static IEnumerable<Measurement> Cnn(Timing timing) =>
        [TrainImages(timing, "cnn_train[nhwc]", BenchmarkNetworks.Cnn28(), rows: 640)];

    public static IEnumerable<Measurement> CnnRgb(Timing timing) =>
        [TrainImages(timing, "cnn_train_rgb[nhwc]", BenchmarkNetworks.CnnRgb(), rows: 256)];

    /// <summary>Fine-tuning of all layers on pictures of the size that pretrained networks take.</summary>
    public static IEnumerable<Measurement> ResNet(Timing timing) =>
        [TrainImages(timing, "resnet18_train[224]", BenchmarkNetworks.ResNet18(), rows: 16, batch: 16, checkedRows: 1)];

    /// <summary>The batches that trainers take by default, and smaller ones.</summary>
    public static IEnumerable<Measurement> SmallBatches(Timing timing) =>
        from one in SmallBatchCases
        let network = BenchmarkNetworks.Mlp(one.Sizes, ActivationKind.Relu, batchNorm: true)
        // A rate of 0, because a network that knows its rows by heart has gradients that are no normal numbers, which take longer: the
        // faster program would get there sooner.
        select Train(timing, NameOf(one.Sizes, one.Batch), network, new Adam(), rows: 1280, one.Batch, "examples/s", learningRate: 0);

    /// <summary>The names of the figures of <see cref="SmallBatches"/>.</summary>
    public static IEnumerable<string> SmallBatchNames => SmallBatchCases.Select(one => NameOf(one.Sizes, one.Batch));

    private static IEnumerable<(int[] Sizes, int Batch)> SmallBatchCases =>
        from sizes in new int[][] { [784, 512, 256, 10], [30, 64, 32, 2] } from batch in new[] { 8, 16, 32 } select (sizes, batch);

    private static string NameOf(int[] sizes, int batch) => $"small_batch_train[{string.Join('-', sizes)},{batch}]";

    /// <summary>What the trainer does: one epoch of shuffled batches, gathered row by row.</summary>
    public static IEnumerable<Measurement> Classifier(Timing timing)
    {
        const int rows = 20000, inputs = 784, classes = 10;
        var network = BenchmarkNetworks.Mlp([inputs, 512, 256, classes], ActivationKind.Relu, batchNorm: false);
        CheckGradients(network, PeerData.Uniform(128 * inputs, PeerData.Examples), PeerData.Classes(128, classes));
        var data = new Dataset(
            inputs, PeerData.Uniform(rows * inputs, PeerData.Examples), PeerData.Classes(rows, classes), null,
            [.. Enumerable.Range(0, rows)]);
        var settings = new TrainingSettings { BatchSize = 128, Epochs = 1 };
        var seconds = (timing with { Repeats = Math.Max(5, timing.Repeats / 2) })
            .Measure(() => new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(data));
        yield return Measurement.Of(
            "mlp_classifier", "train_throughput", "examples/s", timing, seconds, s => rows / s,
            Work.OfOperations(NetworkOperations.OfTraining(network)));
    }

    private static Measurement TrainImages(
        Timing timing, string name, Network network, int rows, int batch = 64, int? checkedRows = null) =>
        Train(timing, name, network, new Sgd { LearningRate = 0.05f, Momentum = 0.9f }, rows, batch, "images/s", checkedRows);

    private static Measurement Train(
        Timing timing, string name, Network network, Optimizer optimizer, int rows, int batch, string unit, int? checkedRows = null,
        float? learningRate = null)
    {
        int inputs = network.InputShape.Size, classes = network.OutputShape.Size;
        var examples = Aligned.Copy(PeerData.Uniform(rows * inputs, PeerData.Examples));
        var labels = PeerData.Classes(rows, classes);
        var checkedBatch = checkedRows ?? batch;
        CheckGradients(network, examples.Span[..(checkedBatch * inputs)], labels.AsSpan(0, checkedBatch));

        var loss = new SoftmaxCrossEntropy();
        var rule = optimizer.Over(network.TrainableParameters);
        var gradient = new AlignedBuffer(batch * classes);
        var seconds = timing.Measure(() =>
        {
            for (var start = 0; start < rows; start += batch)
            {
                var slice = examples.Span.Slice(start * inputs, batch * inputs);
                var outputs = network.Forward(slice, batch, Pass.Training(default));
                loss.Evaluate(outputs, labels.AsSpan(start, batch), [], gradient.Span);
                network.Backward(slice, gradient.Span);
                rule.Step(learningRate ?? optimizer.LearningRate);
            }
        });
        return Measurement.Of(
            name, "train_throughput", unit, timing, seconds, s => rows / s, Work.OfOperations(NetworkOperations.OfTraining(network)));
    }

    // The loss in double, and its slope along a random direction against the gradient's: wrong in any parameter, wrong here.
    private static void CheckGradients(Network network, ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets)
    {
        var outputs = network.Forward(inputs, targets.Length, Pass.Training(default));
        var gradient = new float[outputs.Length];
        var loss = new SoftmaxCrossEntropy().Evaluate(outputs, targets, [], gradient);
        network.Backward(inputs, gradient);
        var direction = network.TrainableParameters.Select((parameter, p) => PeerData.Uniform(parameter.Length, (uint)(100 + p))).ToArray();
        var slope = 0.0;
        foreach (var (parameter, toward) in network.TrainableParameters.Zip(direction))
            for (var i = 0; i < toward.Length; i++)
                slope += (double)parameter.Gradient[i] * toward[i];

        var oracle = new TrainingLossOracle(network);
        Check.Agree("loss", loss, oracle.Loss(inputs, targets), 1e-5);
        // Not relative to the slope itself, which may nearly cancel, but to what the gradient can come to along such a direction.
        var size = Math.Sqrt(network.TrainableParameters.Sum(parameter => parameter.Gradient.ToArray().Sum(g => (double)g * g)));
        Check.Agree("slope", slope + 10 * size, oracle.Slope(inputs, targets, direction) + 10 * size, 1e-3);
    }
}
