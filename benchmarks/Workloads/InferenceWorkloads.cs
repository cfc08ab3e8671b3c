using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>W8 and W9: prediction over spans, one row or 1024, with running statistics that are not those of a new network.</summary>
internal static class InferenceWorkloads
{
    public static IEnumerable<Workload> All =>
        from name in new[] { "infer_single", "infer_batch", "resnet18_infer" } select new Workload(name, timing => Measure(name, timing));

    /// <summary>What a workload predicts; nothing if it is no inference.</summary>
    public static IEnumerable<InferenceCase> CasesOf(string workload) => workload switch
    {
        "infer_single" => Nets().Select(net => new InferenceCase($"infer_single[{net.Name}]", net.Network, Rows: 1, "us")),
        "infer_batch" => Nets().Select(net => new InferenceCase($"infer_batch[{net.Name}]", net.Network, Rows: 1024, "examples/s")),
        "resnet18_infer" => ResNet(),
        _ => [],
    };

    private static IEnumerable<Measurement> Measure(string workload, Timing timing) =>
        CasesOf(workload).Select(work => work.Figure(timing, timing.Measure(Prediction(work))));

    private static IEnumerable<InferenceCase> ResNet()
    {
        var network = BenchmarkNetworks.ResNet18();
        // The sums of one batch's statistics: all that prediction needs to be other than a new network's.
        network.Forward(PeerData.Uniform(2 * network.InputShape.Size, 10), 2, Pass.Training(default));
        return
        [
            new InferenceCase("resnet18_infer[224,1]", network, Rows: 1, "us"),
            new InferenceCase("resnet18_infer[224,16]", network, Rows: 16, "images/s"),
        ];
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

    private static Action Prediction(InferenceCase work)
    {
        var predictor = work.Network.ToPredictor();
        var inputs = Aligned.Copy(work.Inputs());
        var outputs = new AlignedBuffer(work.Rows * work.Network.OutputShape.Size);
        predictor.Predict(inputs.Span, outputs.Span);
        work.CheckOutputs("prediction", outputs.Span);
        return () => predictor.Predict(inputs.Span, outputs.Span);
    }
}
