namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>What the options leave to the number of training rows. docs/guide/tabular.md has the measurements that decided.</summary>
internal static class TrainingDefaults
{
    // Fewer rows do not tell enough of each bin of an encoding, and need strong regularization.
    private const int FewRows = 1_000;
    private const int StepsForFewRows = 750;
    private const int Steps = 2_000;
    private const int LeastEpochs = 8;
    private const int MostSteps = 20_000;

    /// <summary>The options with epochs and batch size for this many training rows.</summary>
    public static NeuralNetworkOptions Settle(NeuralNetworkOptions options, int rows)
    {
        var batchSize = options.BatchSize ?? BatchSizeFor(rows);
        return options with { BatchSize = batchSize, Epochs = options.Epochs ?? EpochsFor(rows, batchSize) };
    }

    /// <summary>The hidden layers for this many rows of a vector of features.</summary>
    public static Func<NetworkDefinition, NetworkDefinition> NetworkFor(int rows) =>
        rows < FewRows ? NeuralNetworks.Mlp([64, 64], dropout: 0.5f) : NeuralNetworks.Tabular();

    private static int BatchSizeFor(int rows) => rows switch
    {
        < FewRows => 16,
        < 8_000 => 64,
        < 1_000_000 => 256,
        _ => 1_024,
    };

    private static int EpochsFor(int rows, int batchSize)
    {
        var stepsPerEpoch = Math.Max(1, rows / batchSize);
        var epochs = Math.Max(LeastEpochs, (rows < FewRows ? StepsForFewRows : Steps) / stepsPerEpoch);
        return Math.Max(1, Math.Min(epochs, MostSteps / stepsPerEpoch));
    }
}
