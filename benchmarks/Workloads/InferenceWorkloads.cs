using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>W8 and W9: prediction over spans, one row or 1024, with running statistics that are not those of a new network.</summary>
internal static class InferenceWorkloads
{
    private const int BatchRows = 1024;

    public static IEnumerable<Measurement> Single(Timing timing) =>
        Nets().Select(net => Measurement.Of(
            $"infer_single[{net.Name}]", "latency", "us", timing, timing.Measure(Prediction(net.Network, 1)), s => s * 1e6));

    public static IEnumerable<Measurement> Batch(Timing timing) =>
        Nets().Select(net => Measurement.Of(
            $"infer_batch[{net.Name}]", "throughput", "examples/s",
            timing, timing.Measure(Prediction(net.Network, BatchRows)), s => BatchRows / s));

    /// <summary>One picture, and 16.</summary>
    public static IEnumerable<Measurement> ResNet(Timing timing)
    {
        const int batch = 16;
        var network = BenchmarkNetworks.ResNet18();
        // The sums of one batch's statistics: all that prediction needs to be other than a new network's.
        network.Forward(PeerData.Uniform(2 * network.InputShape.Size, 10), 2, Pass.Training(default));
        yield return Measurement.Of(
            "resnet18_infer[224,1]", "latency", "us", timing, timing.Measure(Prediction(network, 1)), s => s * 1e6);
        yield return Measurement.Of(
            "resnet18_infer[224,16]", "throughput", "images/s", timing, timing.Measure(Prediction(network, batch)), s => batch / s);
    }

    private static IEnumerable<(string Name, Network Network)> Nets()
    {
        yield return ("mlp784", Trained(BenchmarkNetworks.Mlp([784, 512, 256, 10], ActivationKind.Relu, batchNorm: true)));
        yield return ("cnn28", Trained(BenchmarkNetworks.Cnn28()));
    }

    // Five training passes move the running statistics, as the peers do.
    private static Network Trained(Network network)
    {
        const int rows = 64;
        for (var i = 0u; i < 5; i++)
            network.Forward(PeerData.Uniform(rows * network.InputShape.Size, 10 + i), rows, Pass.Training(default));
        return network;
    }

    private static Action Prediction(Network network, int rows)
    {
        var predictor = network.ToPredictor();
        var inputs = Aligned.Copy(PeerData.Uniform(rows * network.InputShape.Size, PeerData.InferenceInput));
        var outputs = new AlignedBuffer(rows * network.OutputShape.Size);
        predictor.Predict(inputs.Span, outputs.Span);
        // The layers one by one, batch norm not folded: rounding differs, the function does not.
        var expected = network.Forward(inputs.Span, rows, Pass.Inference).ToArray().Select(value => (double)value);
        Check.Agree("prediction", outputs.Span, [.. expected], 1e-4);
        return () => predictor.Predict(inputs.Span, outputs.Span);
    }
}
