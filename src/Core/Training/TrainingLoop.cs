using System.Diagnostics;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Trains a network: every epoch goes through the shuffled batches, and every batch is forward, loss, backward, step. Equal seeds give
/// equal networks, bit for bit.
/// </summary>
internal sealed class TrainingLoop
{
    private readonly Network network;
    private readonly Loss loss;
    private readonly TrainingSettings settings;
    private readonly UpdateRule rule;
    private readonly CounterRandom random;
    private AlignedBuffer gradient = new(0);
    private long steps;

    public TrainingLoop(Network network, Loss loss, TrainingSettings settings)
    {
        this.network = network;
        this.loss = loss;
        this.settings = settings;
        rule = settings.Optimizer.Over(network.Parameters);
        random = new CounterRandom((ulong)settings.Seed);
    }

    /// <summary>Trains epoch by epoch, as the reports are asked for.</summary>
    /// <param name="training">At least 2 rows.</param>
    /// <param name="validation">Evaluated after every epoch, or null.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite any more.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the network keeps what it learned up to then.</exception>
    public IEnumerable<EpochReport> Run(Dataset training, Dataset? validation = null, CancellationToken cancellation = default)
    {
        var batches = BatchesOf(training, nameof(training));
        var validationBatches = validation is null ? null : BatchesOf(validation, nameof(validation));
        if (training.Rows < 2)
            throw new ArgumentException($"Training needs at least 2 rows, got {training.Rows}.", nameof(training));

        gradient = new AlignedBuffer(checked(Math.Max(batches.Largest, validationBatches?.Largest ?? 0) * network.OutputShape.Size));
        return Epochs(batches, validationBatches, cancellation);
    }

    private IEnumerable<EpochReport> Epochs(Batches training, Batches? validation, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        for (var epoch = 1; epoch <= settings.Epochs; epoch++)
        {
            var epochStarted = Stopwatch.GetTimestamp();
            var trained = Train(training, epoch, cancellation);
            var rowsPerSecond = training.Rows / Stopwatch.GetElapsedTime(epochStarted).TotalSeconds;
            var validated = validation is null ? null : Validate(validation, epoch, cancellation);
            yield return new EpochReport(
                epoch, settings.Epochs, loss.MetricName, trained.Loss, trained.Metric, validated?.Loss, validated?.Metric,
                settings.Optimizer.LearningRate, rowsPerSecond, Stopwatch.GetElapsedTime(started));
        }
    }

    private Score Train(Batches batches, int epoch, CancellationToken cancellation)
    {
        var score = new Score(loss);
        batches.Shuffle(random.Derive(RandomStream.Shuffle).Derive((ulong)epoch));
        for (var step = 0; step < batches.Count; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var mean = Step(batches.Load(step), score);
            if (!double.IsFinite(mean))
                throw new TrainingDivergedException(epoch, step + 1, mean, settings.Optimizer.LearningRate);
        }

        return score;
    }

    private double Step(Batch batch, Score score)
    {
        var pass = Pass.Training(random.Derive(RandomStream.Dropout).Derive((ulong)++steps), batch.Weights);
        var outputs = network.Forward(batch.Features, batch.Rows, pass);
        var outputGradient = gradient.Span[..outputs.Length];
        var mean = score.Add(batch, outputs, outputGradient);
        network.Backward(batch.Features, outputGradient);
        rule.Step(settings.Optimizer.LearningRate);
        return mean;
    }

    private Score Validate(Batches batches, int epoch, CancellationToken cancellation)
    {
        var score = new Score(loss);
        for (var i = 0; i < batches.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = batches.Load(i);
            var outputs = network.Forward(batch.Features, batch.Rows, Pass.Inference);
            score.Add(batch, outputs, gradient.Span[..outputs.Length]);
        }

        return double.IsFinite(score.Loss)
            ? score
            : throw new TrainingDivergedException(epoch, 0, score.Loss, settings.Optimizer.LearningRate);
    }

    private Batches BatchesOf(Dataset data, string name)
    {
        if (data.Inputs != network.InputShape.Size)
            throw new ArgumentException($"The network takes {network.InputShape.Size} features, the {name} rows have {data.Inputs}.", name);
        if (data.TotalWeight == 0)
            throw new ArgumentException($"There are {data.Rows} {name} rows and their weights sum to 0. At least one must count.", name);
        return new Batches(data, settings.BatchSize);
    }
}
