using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>The way back through a network as it predicts, to its inputs.</summary>
internal static class InputGradients
{
    // So many rows at a time, since a pass keeps what every layer gives.
    private const int RowsPerPass = 64;

    public static void Fill(Network network, ReadOnlySpan<float> features, ReadOnlySpan<float> outputWeights, Span<float> gradient)
    {
        var (inputs, outputs) = (network.InputShape.Size, network.OutputShape.Size);
        var rows = features.Length / inputs;
        if (features.Length != rows * inputs || outputWeights.Length != (long)rows * outputs || gradient.Length != features.Length)
            throw new ArgumentException(
                $"Rows of {inputs} features, {outputs} weights and {inputs} gradients were expected, got {features.Length}, "
                + $"{outputWeights.Length} and {gradient.Length} values.",
                nameof(features));

        // Only a training pass keeps what the way back needs.
        var copy = network.CopyAs(network.Definition.AsInInference());
        for (var start = 0; start < rows; start += RowsPerPass)
        {
            var count = Math.Min(RowsPerPass, rows - start);
            var x = features.Slice(start * inputs, count * inputs);
            copy.Forward(x, count, Pass.Training(new CounterRandom(0)));
            copy.Backward(x, outputWeights.Slice(start * outputs, count * outputs), gradient.Slice(start * inputs, count * inputs));
        }
    }
}
