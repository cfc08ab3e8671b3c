using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training.Augmenting;

/// <summary>
/// Mixes each row of a batch with another: x = share * x + (1 - share) * x', loss = share * loss(y) + (1 - share) * loss(y') (Zhang et al.,
/// 2018, arXiv:1710.09412). As in the authors' code there is one share per batch, from Beta(alpha, alpha), and a permutation tells the
/// other row. Of the share and its rest the larger goes to the row itself, which changes nothing in distribution but lets it keep its
/// label.
/// </summary>
internal sealed class MixUp(float alpha, int inputs, int outputs, int largestBatch)
{
    private readonly int[] partners = new int[largestBatch];
    private readonly AlignedBuffer unmixed = new(checked(largestBatch * inputs));
    private readonly AlignedBuffer targets = new(largestBatch);
    private readonly AlignedBuffer weights = new(largestBatch);
    private readonly AlignedBuffer gradient = new(checked(largestBatch * outputs));

    /// <summary>Part of the row itself in the last batch, at least 0.5.</summary>
    public float Share { get; private set; }

    /// <summary>The row that each row of the last batch was mixed with.</summary>
    public ReadOnlySpan<int> Partners => partners;

    public void Apply(Batch batch, CounterRandom random)
    {
        var (one, other) = (random.NextGamma(alpha), random.NextGamma(alpha));
        Share = one + other > 0 ? (float)(Math.Max(one, other) / (one + other)) : 1;   // tiny alphas underflow, and mean 0 or 1
        var order = partners.AsSpan(0, batch.Rows);
        for (var row = 0; row < order.Length; row++)
            order[row] = row;
        random.Shuffle(order);

        batch.Features.CopyTo(unmixed.Span);
        TensorPrimitives.Multiply(batch.Features, Share, batch.Features);
        for (var row = 0; row < order.Length; row++)
        {
            var mixed = batch.Features.Slice(row * inputs, inputs);
            TensorPrimitives.MultiplyAdd(unmixed.Span.Slice(order[row] * inputs, inputs), 1 - Share, mixed, mixed);
            targets.Span[row] = batch.Targets[order[row]];
            if (!batch.Weights.IsEmpty)
                weights.Span[row] = batch.Weights[order[row]];
        }
    }

    /// <summary>The mean loss of the batch that was mixed last, and its gradient; each label counts with the weight of its row.</summary>
    public double Evaluate(Loss loss, Batch batch, ReadOnlySpan<float> outputs, Span<float> outputGradient)
    {
        var ofPartners = gradient.Span[..outputGradient.Length];
        var own = loss.Evaluate(outputs, batch.Targets, batch.Weights, outputGradient);
        var theirs = loss.Evaluate(outputs, targets.Span[..batch.Rows], weights.Span[..batch.Weights.Length], ofPartners);
        TensorPrimitives.Multiply(outputGradient, Share, outputGradient);
        TensorPrimitives.MultiplyAdd(ofPartners, 1 - Share, outputGradient, outputGradient);
        return Share * own + (1 - Share) * theirs;
    }
}
