using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>How the cost of a training step grows with batch, width and depth, and that of statistics with rows.</summary>
internal static class ScalingMeasurements
{
    private const int Inputs = 256, Classes = 10;

    public static void Print(Timing timing)
    {
        Console.WriteLine("| batch | width | hidden layers | parameters | step, us | rows/s | GFLOP/s |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var batch in (int[])[8, 32, 128, 512])
            PrintStep(timing, batch, width: 256, depth: 2);
        foreach (var width in (int[])[32, 64, 128, 512, 1024])
            PrintStep(timing, batch: 128, width, depth: 2);
        foreach (var depth in (int[])[1, 4, 8])
            PrintStep(timing, batch: 128, width: 256, depth);
        Console.WriteLine();
        Console.WriteLine("| rows of 64 columns | statistics, ms | GB/s |");
        Console.WriteLine("|---|---|---|");
        foreach (var rows in (int[])[1_000, 10_000, 100_000, 1_000_000])
            PrintStatistics(timing, rows);
    }

    private static void PrintStep(Timing timing, int batch, int width, int depth)
    {
        var network = BenchmarkNetworks.Mlp([Inputs, .. Enumerable.Repeat(width, depth), Classes], ActivationKind.Relu, batchNorm: true);
        var inputs = Aligned.Copy(PeerData.Uniform(batch * Inputs, PeerData.Examples));
        var labels = PeerData.Classes(batch, Classes);
        var (loss, rule) = (new SoftmaxCrossEntropy(), new Adam().Over(network.TrainableParameters));
        var gradient = new AlignedBuffer(batch * Classes);
        var seconds = Median(timing, () =>
        {
            var outputs = network.Forward(inputs.Span, batch, Pass.Training(default));
            loss.Evaluate(outputs, labels, [], gradient.Span);
            network.Backward(inputs.Span, gradient.Span);
            rule.Step(learningRate: 0);   // once the batch is known by heart, gradients are no normal numbers any more, which take longer
        });

        // Forward and gradient of the weights for every weight, gradient of the inputs for all but those of the first layer.
        var weights = network.TrainableParameters.Where(parameter => parameter.Decays).Sum(parameter => (double)parameter.Length);
        var operations = 2.0 * batch * (3 * weights - Inputs * width);
        var gflops = operations / seconds / 1e9;
        Console.WriteLine(
            $"| {batch} | {width} | {depth} | {network.ParameterCount:N0} | {seconds * 1e6:N1} | {batch / seconds:N0} | {gflops:N0} |");
    }

    private static void PrintStatistics(Timing timing, int rows)
    {
        const int columns = 64;
        var matrix = Aligned.Copy(PeerData.Uniform(rows * columns, PeerData.StatisticsMatrix));
        var seconds = Median(timing, () => new ChannelMoments(columns).Add<float>(matrix.Span));
        Console.WriteLine($"| {rows:N0} | {seconds * 1e3:N3} | {sizeof(float) * (double)rows * columns / seconds / 1e9:N1} |");
    }

    private static double Median(Timing timing, Action run) => timing.Measure(run).Median();
}
