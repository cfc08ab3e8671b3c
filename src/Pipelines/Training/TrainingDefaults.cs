namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// What the options leave to the kind of label and the number of rows. docs/guide/tabular.md has the measurements that decided.
/// </summary>
/// <param name="Network">The hidden layers for a vector of features.</param>
/// <param name="LearningRate">The largest of <see cref="AdamW"/>.</param>
/// <param name="BatchSize">Rows per step.</param>
/// <param name="Steps">Least number of steps.</param>
/// <param name="Epochs">Least number of epochs.</param>
internal sealed record TrainingDefaults(
    Func<NetworkDefinition, NetworkDefinition> Network, float LearningRate, int BatchSize, int Steps, int Epochs)
{
    // Beyond these, time counts more than what further steps would add.
    private const int MostSteps = 20_000;
    private const int ManyRows = 1_000_000;
    private const int LargeBatch = 1_024;

    public static TrainingDefaults ForClasses(int rows) => rows switch
    {
        // Too few to tell much of each bin of an encoding; batch norm and much dropout regularize.
        < 1_000 => new(net => net.Concat(NeuralNetworks.Mlp([64, 64], dropout: 0.5f)), 0.004f, 16, 500, 1),
        < 8_000 => new(NeuralNetworks.Tabular(dropout: 0.2f), 0.002f, 32, 2_000, 1),
        < ManyRows => new(NeuralNetworks.Tabular(dropout: 0.2f), 0.002f, 128, 2_000, 5),
        _ => new(NeuralNetworks.Tabular(dropout: 0.2f), 0.002f, LargeBatch, 2_000, 5),
    };

    public static TrainingDefaults ForNumbers(int rows) => rows switch
    {
        < 8_000 => new(NeuralNetworks.Tabular(), 0.003f, 32, 2_000, 1),
        < 20_000 => new(NeuralNetworks.Tabular(), 0.003f, 64, 3_000, 1),
        < ManyRows => new(NeuralNetworks.Tabular(), 0.003f, 256, 1, 8),
        _ => new(NeuralNetworks.Tabular(), 0.003f, LargeBatch, 1, 8),
    };

    public static AdamW OptimizerAt(float learningRate) => new() { LearningRate = learningRate, Beta2 = 0.99f, WeightDecay = 0.1f };

    /// <summary>The options with optimizer, epochs and batch size for so many training rows.</summary>
    public NeuralNetworkOptions Settle(NeuralNetworkOptions options, int rows)
    {
        var batchSize = options.BatchSize ?? BatchSize;
        return options with
        {
            Optimizer = options.Optimizer ?? OptimizerAt(LearningRate),
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
