using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Pipelines.Labels;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Training;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines;

/// <summary>
/// Trains a small neural network, with batch normalization inside, that predicts one of several classes: softmax cross-entropy over a last dense layer that the
/// trainer adds.
/// </summary>
/// <remarks>
/// Input: a key label (what MapValueToKey gives), a vector of float features of known size, and perhaps a float weight. Rows whose label is missing or whose weight is 0 are left out; a feature that is missing or
/// infinite is an error. The rows are read once and kept in memory as float32. Output: PredictedLabel, a key with the label's key values, and Score, the probability of each class.
/// ML.NET's OneVersusAll and PairwiseCoupling accept only ML.NET's own binary models; there is no need for them here.
/// </remarks>
public sealed class NeuralNetworkMulticlassTrainer : ITrainerEstimator<NeuralNetworkPredictionTransformer, NeuralNetworkModelParameters>
{
    private readonly IHost host;
    private readonly NeuralNetworkOptions options;
    private readonly int seed;

    internal NeuralNetworkMulticlassTrainer(IHostEnvironment environment, NeuralNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        host = environment.Register(nameof(NeuralNetworkMulticlassTrainer));
        this.options = options;
        seed = options.Seed ?? host.Rand.Next();
    }

    /// <summary>What ML.NET asks every trainer: this one needs no normalized features in front and caches the rows itself.</summary>
    public TrainerInfo Info { get; } = MLNetInternals.DescribeTrainer();

    /// <summary>Trains a network on <paramref name="input"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">A layer cannot take what comes in, or there are too few rows for the validation fraction.</exception>
    /// <exception cref="InvalidOperationException">No row has a label, or a feature or weight is not finite.</exception>
    /// <exception cref="TrainingDivergedException">The loss became NaN or infinite.</exception>
    public NeuralNetworkPredictionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var columns = TrainingColumns.Of(input.Schema, options);
        var keyValues = KeyValues.Of(columns.Label);
        var hidden = options.Network(NetworkDefinition.Empty)
            ?? throw new InvalidOperationException("The function in the option Network returned null. It must return the definition it builds, as net => net.Dense(64).");
        var definition = hidden.Dense(columns.ClassCount);
        var network = new Network(definition, Shape.Vector(columns.FeatureCount), seed, options.Initializer);

        using var channel = host.Start(nameof(Fit));
        var (data, withoutLabel) = DatasetReader.Read(input, columns);
        if (withoutLabel > 0)
            MLNetInternals.Warning(channel, $"{withoutLabel} rows without a label in column '{columns.Label.Name}' were left out.");

        var loss = new SoftmaxCrossEntropy();
        Train(network, loss, data, channel);
        var model = new NeuralNetworkModelParameters(network, loss);
        return new NeuralNetworkPredictionTransformer(options.FeatureColumnName, model, new MulticlassHead(columns.ClassCount, keyValues));
    }

    /// <summary>The schema with PredictedLabel and Score; PredictedLabel has key values exactly when the label has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var label = TrainingColumns.CheckLabel(inputSchema, options);
        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (var output in MulticlassHead.Promise(label))
            columns[output.Name] = output;
        return new SchemaShape(columns.Values);
    }

    private void Train(Network network, Loss loss, RowSource data, IChannel channel)
    {
        RowSource? validation = null;
        if (options.ValidationFraction > 0)
            (data, validation) = data.Split(options.ValidationFraction, seed);
        var settings = new TrainingSettings
        {
            Optimizer = options.Optimizer,
            Epochs = options.Epochs,
            BatchSize = options.BatchSize,
            Seed = seed,
            EpochDone = report =>
            {
                MLNetInternals.Info(channel, report.ToString());
                options.Progress?.Invoke(report);
            },
        };
        new TrainingLoop(network, loss, settings).Run(data, validation);
    }
}
