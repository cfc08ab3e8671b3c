namespace MLNet.BatchNorm.Core.Losses;

/// <summary>What training makes small, and what turns the outputs of the network into predictions. Immutable.</summary>
internal abstract record Loss
{
    private protected Loss()
    {
    }

    /// <summary>Name of the figure that reports show beside the loss: "accuracy", or "R^2" for regression.</summary>
    public abstract string MetricName { get; }

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

    /// <summary>The metric called <see cref="MetricName"/>, of no rows yet.</summary>
    internal abstract Metric NewMetric();

    /// <summary>Turns outputs into predictions in place.</summary>
    /// <param name="outputs">rows x outputs of the network.</param>
    /// <param name="columns">Outputs per row.</param>
    internal abstract void Activate(Span<float> outputs, int columns);

    private protected static void RequireOneOutput(int outputs, int rows, string loss)
    {
        if (outputs != rows)
            throw new ArgumentException(
                $"{loss} takes one output per row, got {outputs} outputs for {rows} rows. End the network with Dense(1).");
    }
}
