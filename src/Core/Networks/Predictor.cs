using System.Buffers;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>
/// A trained network that only predicts, with batch norm folded into the layer in front of it. Immutable and safe for concurrent use; once
/// the shared array pool is warm, nothing is allocated. The outputs of a row are the same to the last bit whatever other rows are in the
/// call.
/// </summary>
public sealed class Predictor
{
    // Enough rows for the matrix product to work at full speed, few enough that what lies between two layers stays in cache.
    private const int MostBlockRows = 256;
    private const int BlockValues = 1 << 18;

    private readonly (FrozenLayer Apply, int Outputs)[] layers;
    private readonly int widest;
    private readonly int blockRows;

    internal Predictor(Shape input, IReadOnlyList<Layer> trained)
    {
        InputShape = input;
        OutputShape = trained[^1].OutputShape;
        var frozen = new List<(FrozenLayer, int)>();
        for (var i = 0; i < trained.Count; i++)
        {
            // Batch norm folds into what is right in front of it. It cannot move across an activation, which is not linear.
            var affine = trained.ElementAtOrDefault(i + 1)?.InferenceAffine();
            var taken = affine is null ? 0 : 1;
            var relu = trained.ElementAtOrDefault(i + taken + 1) is ActivationLayer { Function: ActivationKind.Relu };
            var whole = trained[i].FreezeWith(affine, relu);
            if ((whole ?? trained[i].Freeze()) is { } apply)
                frozen.Add((apply, trained[i].OutputShape.Size));
            if (whole is not null)
                i += taken + (relu ? 1 : 0);
        }

        layers = [.. frozen];
        widest = layers.Select(layer => layer.Outputs).Append(1).Max();
        blockRows = Math.Clamp(BlockValues / widest, 1, MostBlockRows);
    }

    /// <summary>The shape of one example.</summary>
    public Shape InputShape { get; }

    /// <summary>The shape of one output.</summary>
    public Shape OutputShape { get; }

    /// <summary>Computes the outputs of the last layer for any number of rows, phase inference: running statistics, no dropout.</summary>
    /// <param name="features">rows x inputs.</param>
    /// <param name="outputs">Receives rows x outputs, before the loss's activation: for a classifier these are logits.</param>
    /// <exception cref="ArgumentException">The two do not hold the same number of whole rows.</exception>
    public void Predict(ReadOnlySpan<float> features, Span<float> outputs)
    {
        var inputSize = InputShape.Size;
        var outputSize = OutputShape.Size;
        var rows = features.Length / inputSize;
        if (features.Length != rows * inputSize || outputs.Length != (long)rows * outputSize)
            throw new ArgumentException(
                $"Rows of {inputSize} features and as many rows of {outputSize} outputs were expected, got "
                + $"{features.Length} features and room for {outputs.Length} outputs.");
        if (layers.Length == 0)
        {
            features.CopyTo(outputs);
            return;
        }

        var half = checked(Math.Min(rows, blockRows) * widest);
        var scratch = ArrayPool<float>.Shared.Rent(checked(2 * half));
        for (var start = 0; start < rows; start += blockRows)
        {
            var count = Math.Min(blockRows, rows - start);
            PredictBlock(
                features.Slice(start * inputSize, count * inputSize), outputs.Slice(start * outputSize, count * outputSize), count,
                scratch.AsSpan(0, half), scratch.AsSpan(half, half));
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    private void PredictBlock(ReadOnlySpan<float> features, Span<float> outputs, int rows, Span<float> here, Span<float> there)
    {
        var x = features;
        foreach (var (apply, size) in layers.AsSpan(..^1))
        {
            var y = here[..(rows * size)];
            apply(x, y, rows);
            x = y;
            var swap = here;
            here = there;
            there = swap;
        }

        layers[^1].Apply(x, outputs, rows);
    }
}
