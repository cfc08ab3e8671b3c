using System.Text.RegularExpressions;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Benchmarks.Workloads;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>One figure of ours and those of the peers that it stands beside. The best configuration of the best peer counts.</summary>
/// <param name="Workload">Ours, whole.</param>
/// <param name="Metric">Ours.</param>
/// <param name="PeerWorkload">Pattern of the peers' names for the same work in any layout and configuration.</param>
/// <param name="PeerMetric">Theirs.</param>
internal sealed record Comparison(string Workload, string Metric, string PeerWorkload, string PeerMetric)
{
    private const string Evaluation = "time_eval";

    public static IReadOnlyList<Comparison> All { get; } =
    [
        Same("sgemm[1024x1024x1024]", "rate"),
        Same("sgemm[128x784x512]", "rate"),
        Same("bn1d_fwd_bwd[256x512]", "time_kernels"),
        Same("bn1d_fwd_bwd[4096x256]", "time_kernels"),
        new("bn2d_fwd_bwd[nhwc]", "time_kernels", @"^bn2d_fwd_bwd\[", "time_autograd"),
        new("bn2d_fwd_bwd[nhwc]", Evaluation, @"^bn2d_fwd_bwd\[", Evaluation),
        new("mlp_train[bn]", "train_throughput", @"^mlp_train\[bn", "train_throughput"),
        new("mlp_train_wide[bn]", "train_throughput", @"^mlp_train_wide\[bn", "train_throughput"),
        new("tabular_train[bn]", "train_throughput", @"^tabular_train\[bn", "train_throughput"),
        new("cnn_train[nhwc]", "train_throughput", @"^cnn_train\[", "train_throughput"),
        new("cnn_train_rgb[nhwc]", "train_throughput", @"^cnn_train_rgb\[", "train_throughput"),
        new("resnet18_train[224]", "train_throughput", @"^resnet18_train\[", "train_throughput"),
        new("resnet18_infer[224,1]", "latency", @"^resnet18_infer\[224,1,", "latency"),
        new("resnet18_infer[224,16]", "throughput", @"^resnet18_infer\[224,16,", "throughput"),
        new("infer_single[mlp784]", "latency", @"^infer_single\[mlp784,onnx", "latency"),
        new("infer_single[cnn28]", "latency", @"^infer_single\[cnn28,onnx", "latency"),
        new("infer_batch[mlp784]", "throughput", @"^infer_batch\[mlp784", "throughput"),
        new("infer_batch[cnn28]", "throughput", @"^infer_batch\[cnn28", "throughput"),
        Same("mlp_classifier", "train_throughput"),
        new("running_stats", "rows_per_s", @"^running_stats\[torch\.BatchNorm1d", "rows_per_s"),
        .. ProductWorkloads.NarrowNames.Select(name => Same(name, "rate")),
        .. TrainingWorkloads.SmallBatchNames.Select(
            name => new Comparison(name, "train_throughput", $"^{Regex.Escape(name[..^1])}(,foreach)?]$", "train_throughput")),
        .. ConvolutionWorkloads.Names.Select(Convolution),
    ];

    /// <summary>What the table calls it.</summary>
    public string Name => Metric == Evaluation ? $"{Workload}, evaluation" : Workload;

    /// <summary>The name on the command line of the workload that makes the figure.</summary>
    public string WorkloadName => Workload.Split('[')[0];

    public bool IsOurs(Measurement figure) => figure.Peer == Measurement.Self && figure.Workload == Workload && figure.Metric == Metric;

    public bool IsPeers(Measurement figure) =>
        figure.Peer != Measurement.Self && figure.Metric == PeerMetric && Regex.IsMatch(figure.Workload, PeerWorkload);

    // A peer's inference may be faster with filters as they are than with prepared ones.
    private static Comparison Convolution(string name)
    {
        var pattern = Regex.Escape(name[..^1]).Replace("inference", "(inference|forward)", StringComparison.Ordinal);
        return new(name, "rate", $"^{pattern},", "rate");
    }

    private static Comparison Same(string workload, string metric) => new(workload, metric, $"^{Regex.Escape(workload)}$", metric);
}
