namespace MLNet.BatchNorm.Core.Losses;

/// <summary>What training makes small, and what turns the outputs of the network into predictions. Immutable.</summary>
public abstract record Loss
{
    private protected Loss()
    {
    }

    /// <summary>
    /// The mean loss of a batch and its gradient with respect to the outputs. With weights it is the weighted mean, divided by the sum of
    /// the weights (PyTorch's convention); a batch whose weights sum to 0 has loss 0 and gradient 0.
    /// </summary>
    /// <param name="outputs">rows x outputs of the network.</param>
    /// <param name="targets">One per row.</param>
    /// <param name="weights">One per row, 0 or more; empty if every row counts the same.</param>
    /// <param name="gradient">Receives rows x outputs.</param>
    internal abstract double Evaluate(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Span<float> gradient);

    /// <summary>
    /// The weight (without weights: number) of the rows that are predicted right, or null where there is no right or wrong.
    /// </summary>
    internal abstract double? CorrectWeight(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights);

    /// <summary>Turns outputs into predictions in place.</summary>
    /// <param name="outputs">rows x outputs of the network.</param>
    /// <param name="columns">Outputs per row.</param>
    internal abstract void Activate(Span<float> outputs, int columns);
}
