namespace MLNet.BatchNorm;

/// <summary>What of a batch normalization training leaves alone. The numbers are part of the saved format.</summary>
/// <example>
/// <code>
/// var first = ml.BinaryClassification.Trainers
///     .NeuralNetwork("IsSick", network: NeuralNetworks.Mlp([16]), epochs: 5).Fit(data);
///
/// // Few new rows: their weights may follow, the statistics stay those of the many rows before.
/// var tuned = ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     LabelColumnName = "IsSick",
///     Epochs = 2,
///     FreezeBatchNorm = BatchNormFreeze.Statistics,
/// }).Fit(ml.Data.TakeRows(data, 20), first.Model);
/// </code>
/// </example>
public enum BatchNormFreeze
{
    /// <summary>Nothing: batch statistics in training, running statistics that follow, gamma and beta learned.</summary>
    Nothing = 0,

    /// <summary>
    /// The running statistics, which training then normalizes with as inference does; gamma and beta are learned. For fine-tuning on
    /// batches too small or too unlike the first data to estimate statistics from.
    /// </summary>
    Statistics = 1,

    /// <summary>Everything: the layer is a fixed affine map per channel, and only passes gradients on.</summary>
    StatisticsAndAffine = 2,
}
