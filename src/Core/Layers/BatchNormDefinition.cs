using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm;

/// <summary>
/// Batch normalization per channel: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of the batch in training
/// and running statistics in inference (Ioffe and Szegedy, 2015, arXiv:1502.03167). Conventions and defaults are PyTorch's.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.BinaryClassification.Trainers.NeuralNetwork("IsSick", epochs: 5, network: net => net
///     .Dense(32)
///     .Add(new BatchNormDefinition { Momentum = 0.05f, VirtualBatchSize = 16 })
///     .Relu());
/// var model = trainer.Fit(data).Model;
/// </code>
/// </example>
public sealed record BatchNormDefinition : NormDefinition
{
    /// <summary>
    /// Weight of the newest batch in the running statistics, greater than 0 and at most 1; default 0.1. Null: every batch counts the same
    /// (cumulative average). Keras states 1 minus this.
    /// </summary>
    public float? Momentum { get; init => field = value is null ? null : Require.PositiveFraction(value.Value); } = 0.1f;

    /// <summary>What training leaves alone; default nothing.</summary>
    public BatchNormFreeze Freeze { get; init => field = Require.Known(value); }

    /// <summary>
    /// Ghost batches (Hoffer et al., 2017, arXiv:1705.08741): in training every so many rows are a batch of their own, for the
    /// normalization and, one after the other, for the running statistics. At least 2; default null: the whole batch. A single row left
    /// over joins the ghost batch before it. Of several <see cref="Ranks"/> each has ghost batches of its own rows.
    /// </summary>
    public int? VirtualBatchSize { get; init => field = value is null ? null : Require.AtLeast(2, value.Value); }

    /// <summary>Batch renormalization in training; default null: none.</summary>
    public BatchRenormalization? Renormalization { get; init; }

    /// <summary>
    /// Whether the weights of the training rows count in the batch statistics: mean = sum(w * x) / W, variance = sum(w * (x - mean)^2) / W
    /// with W = sum(w), and for the running variance W - sum(w^2) / W in place of W. Default false: weights count in the loss alone.
    /// </summary>
    public bool WeightedStatistics { get; init; }

    internal override string Kind => "batchnorm";

    internal override bool ReplacesBias => true;

    internal override long StateSize(Shape input) => base.StateSize(input) + 2L * input.Channels;

    internal override long ScratchSize(Shape input) => 0;

    internal override LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) => this with { Freeze = freeze };

    internal override LayerDefinition AsInInference() => WithFrozenBatchNorm(BatchNormFreeze.StatisticsAndAffine);

    internal override Layer Build(LayerSite site) => new BatchNormLayer(site, this);
}
