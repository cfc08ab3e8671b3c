using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>One step of training: forward, loss, backward, update. Nothing is allocated after the first step.</summary>
internal sealed class TrainingStep(Network network, Loss loss, UpdateRule rule, CounterRandom random, int largestBatch)
{
    private readonly CounterRandom dropout = random.Derive(RandomStream.Dropout);
    private readonly AlignedBuffer gradient = new(checked(largestBatch * network.OutputShape.Size));

    /// <summary>A score of no rows yet.</summary>
    public Score NewScore() => new(loss);

    /// <summary>Trains on a batch.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="number">Number of the step, from 1: decides what dropout drops.</param>
    /// <param name="learningRate">How far to go.</param>
    /// <param name="score">Counts the batch.</param>
    /// <returns>The mean loss of the batch before the update. If it is not finite, there was no update.</returns>
    public double Train(Batch batch, long number, float learningRate, Score score)
    {
        var outputs = network.Forward(batch.Features, batch.Rows, Pass.Training(dropout.Derive((ulong)number), batch.Weights));
        var outputGradient = gradient.Span[..outputs.Length];
        var mean = score.Add(batch, outputs, outputGradient);
        if (!double.IsFinite(mean))
            return mean;
        network.Backward(batch.Features, outputGradient);
        rule.Step(learningRate);
        return mean;
    }

    /// <summary>Adds a batch to the score as a prediction would see it, and changes nothing.</summary>
    public void Validate(Batch batch, Score score)
    {
        var outputs = network.Forward(batch.Features, batch.Rows, Pass.Inference);
        score.Add(batch, outputs, gradient.Span[..outputs.Length]);
    }
}
