using MLNet.BatchNorm.Benchmarks.Measuring;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>One of the fixed workloads that peers measure as well. Names, shapes, data and counting are theirs.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Run">Checks the result, then measures.</param>
internal sealed record Workload(string Name, Func<Timing, IEnumerable<Measurement>> Run)
{
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("bn1d_fwd_bwd", BatchNormWorkloads.Vectors),
        new("bn2d_fwd_bwd", BatchNormWorkloads.Images),
        new("mlp_train", TrainingWorkloads.Mlp),
        new("mlp_train_wide", TrainingWorkloads.MlpWide),
        new("tabular_train", TrainingWorkloads.Tabular),
        new("cnn_train", TrainingWorkloads.Cnn),
        new("cnn_train_rgb", TrainingWorkloads.CnnRgb),
        new("resnet18_train", TrainingWorkloads.ResNet),
        .. InferenceWorkloads.All,
        new("mlp_classifier", TrainingWorkloads.Classifier),
        new("running_stats", StatisticsWorkloads.RunningStatistics),
        new("sgemm", ProductWorkloads.Products),
        new("sgemm_narrow", ProductWorkloads.Narrow),
        new("small_batch_train", TrainingWorkloads.SmallBatches),
        .. ConvolutionWorkloads.All,
    ];
}
