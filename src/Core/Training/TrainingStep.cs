using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Training.Augmenting;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// One step of training: augment, forward, loss, backward, update. Several ranks take it together, each with a batch of its own, and change
/// the network alike. Nothing is allocated after the first step.
/// </summary>
internal sealed class TrainingStep(
    Network network, Loss loss, UpdateRule rule, CounterRandom random, int largestBatch, Augmentation? augmentation = null,
    Ranks? ranks = null)
{
    private readonly GradientSum? gradientSum = ranks is null ? null : new(rule.Parameters, ranks);
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
    /// <returns>
    /// The mean loss of the batch, or of all ranks' batches, before the update. If it is not finite, there was no update.
    /// </returns>
    public double Train(Batch batch, long number, float learningRate, LossMeter meter, LossMeter? meterOfZeros = null)
    {
        augmenter?.Apply(batch, number);
        var outputs = batch.Through(network, Pass.Training(dropout.Derive((ulong)number), batch.Weights, ranks));
        var outputGradient = gradient.Span[..outputs.Length];
        meterOfZeros?.Add(batch, zeros.Span[..outputs.Length], outputGradient);
        var mean = meter.Add(batch, outputs, outputGradient, augmenter?.MixUp);
        if (ranks is not null)
            mean = MeanOverRanks(mean, batch.TotalWeight, outputGradient);
        if (!double.IsFinite(mean))
            return mean;
        if (batch.Sparse is { } sparse)
            network.Backward(sparse.All, outputGradient);
        else
            network.Backward(batch.Features, outputGradient);
        gradientSum?.Run();
        rule.Step(learningRate);
        return mean;
    }

    /// <summary>Adds a batch to the meter as a prediction would see it, and changes nothing.</summary>
    public void Validate(Batch batch, LossMeter meter)
    {
        var outputs = batch.Through(network, Pass.Inference);
        meter.Add(batch, outputs, gradient.Span[..outputs.Length]);
    }

    /// <summary>The mean loss over the rows of all ranks. The gradient becomes this rank's summand of that mean's.</summary>
    private double MeanOverRanks(double mean, double weight, Span<float> outputGradient)
    {
        Span<double> sums = [mean * weight, weight];
        ranks!.Sum(sums);
        if (sums[1] == 0)
            return mean;
        TensorPrimitives.Multiply(outputGradient, (float)(weight / sums[1]), outputGradient);
        return sums[0] / sums[1];
    }
}
