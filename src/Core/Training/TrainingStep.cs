using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Training.Augmenting;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>One step of training: augment, forward, loss, backward, update. Nothing is allocated after the first step.</summary>
internal sealed class TrainingStep(
    Network network, Loss loss, UpdateRule rule, CounterRandom random, int largestBatch, Augmentation? augmentation = null)
{
    private readonly Augmenter? augmenter = augmentation is null ? null : new(augmentation, network, random, largestBatch);
    private readonly CounterRandom dropout = random.Derive(RandomStream.Dropout);
    private readonly AlignedBuffer gradient = new(checked(largestBatch * network.OutputShape.Size));
    private readonly AlignedBuffer zeros = new(checked(largestBatch * network.OutputShape.Size));

    /// <summary>A meter of no rows yet.</summary>
    public LossMeter NewMeter() => new(loss);

    /// <summary>Trains on a batch.</summary>
    /// <param name="batch">The rows. Augmentation changes them.</param>
    /// <param name="number">Number of the step, from 1: decides what dropout drops and augmentation draws.</param>
    /// <param name="learningRate">How far to go.</param>
    /// <param name="meter">Counts the batch.</param>
    /// <param name="meterOfZeros">Counts the batch as if all outputs were 0; null: nobody asks.</param>
    /// <returns>The mean loss of the batch before the update. If it is not finite, there was no update.</returns>
    public double Train(Batch batch, long number, float learningRate, LossMeter meter, LossMeter? meterOfZeros = null)
    {
        augmenter?.Apply(batch, number);
        var outputs = batch.Through(network, Pass.Training(dropout.Derive((ulong)number), batch.Weights));
        var outputGradient = gradient.Span[..outputs.Length];
        meterOfZeros?.Add(batch, zeros.Span[..outputs.Length], outputGradient);
        var mean = meter.Add(batch, outputs, outputGradient, augmenter?.MixUp);
        if (!double.IsFinite(mean))
            return mean;
        if (batch.Sparse is { } sparse)
            network.Backward(sparse.All, outputGradient);
        else
            network.Backward(batch.Features, outputGradient);
        rule.Step(learningRate);
        return mean;
    }

    /// <summary>Adds a batch to the meter as a prediction would see it, and changes nothing.</summary>
    public void Validate(Batch batch, LossMeter meter)
    {
        var outputs = batch.Through(network, Pass.Inference);
        meter.Add(batch, outputs, gradient.Span[..outputs.Length]);
    }
}
