namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// What the options leave to the kind of label and the number of rows. docs/guide/tabular.md has the measurements that decided.
/// </summary>
/// <param name="Network">The hidden layers for a vector of features.</param>
/// <param name="LearningRate">The largest of <see cref="AdamW"/>.</param>
/// <param name="WeightDecay">Of <see cref="AdamW"/>.</param>
/// <param name="BatchSize">Rows per step.</param>
/// <param name="Steps">Least number of steps.</param>
/// <param name="Epochs">Least number of epochs.</param>
internal sealed record TrainingDefaults(
    Func<NetworkDefinition, NetworkDefinition> Network, float LearningRate, float WeightDecay, int BatchSize, int Steps, int Epochs)
{
    // Beyond these, time counts more than what further steps would add.
    private const int MostSteps = 20_000;
    private const int ManyRows = 1_000_000;
    private const int LargeBatch = 1_024;

    public static TrainingDefaults ForClasses(int rows) => rows switch
    {
        < 1_000 => new(NeuralNetworks.Tabular([64, 64], dropout: 0.4f), 0.002f, 2, 16, 500, 1),
        < 8_000 => new(NeuralNetworks.Tabular(dropout: 0.2f), 0.002f, 0.1f, 32, 2_000, 1),
        < ManyRows => new(NeuralNetworks.Tabular(dropout: 0.2f), 0.002f, 0.1f, 128, 2_000, 5),
        _ => new(NeuralNetworks.Tabular(dropout: 0.2f), 0.002f, 0.1f, LargeBatch, 2_000, 5),
    };

    public static TrainingDefaults ForNumbers(int rows) => rows switch
    {
        < 8_000 => new(NeuralNetworks.Tabular(), 0.003f, 0.1f, 32, 2_000, 1),
        < 20_000 => new(NeuralNetworks.Tabular(), 0.003f, 0.1f, 64, 2_000, 1),
        < ManyRows => new(NeuralNetworks.Tabular(), 0.003f, 0.1f, 256, 1, 12),
        _ => new(NeuralNetworks.Tabular(), 0.003f, 0.1f, LargeBatch, 1, 12),
    };

    public static TrainingDefaults ForSparse(int rows) =>
        new(NeuralNetworks.Mlp([32]), 0.001f, 0.1f, rows < ManyRows ? 32 : LargeBatch, 500, 5);

    /// <summary>The options with optimizer, epochs and batch size for so many training rows on so many ranks.</summary>
    public NeuralNetworkOptions Settle(NeuralNetworkOptions options, int rows, int ranks = 1)
    {
        var batchSize = options.BatchSize ?? Math.Max(2 * ranks, (BatchSize + ranks - 1) / ranks * ranks);
        return options with
        {
            Optimizer = options.Optimizer
                ?? new AdamW { LearningRate = options.LearningRate ?? LearningRate, Beta2 = 0.99f, WeightDecay = WeightDecay },
            BatchSize = batchSize,
            Epochs = options.Epochs ?? EpochsFor(Math.Max(1, rows / batchSize)),
        };
    }

    private int EpochsFor(int stepsPerEpoch)
    {
        var wanted = Math.Max(Epochs, (Steps + stepsPerEpoch - 1) / stepsPerEpoch);
        return Math.Max(1, Math.Min(wanted, MostSteps / stepsPerEpoch));
    }
}
