using System.Buffers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>
/// A trained network that only predicts, with batch norm folded into the layer in front of it. Immutable and safe for concurrent use; once
/// the shared array pool is warm, nothing is allocated. The outputs of a row are the same to the last bit whatever other rows are in the
/// call.
/// </summary>
internal sealed class Predictor
{
    // Enough rows for a matrix product to work at full speed, and to copy large weights together for.
    private const int MostBlockRows = 256;

    // Values of the widest layer's outputs in a block. Images stay in the second-level cache from layer to layer, and few of them already
    // use each weight many times. Vectors use it once each, so that many rows are worth more than the cache.
    private const int ImageBlockValues = 1 << 17;
    private const int VectorBlockValues = 1 << 20;

    // Weights of large networks do not stay in any cache from block to block: two images read them together.
    private const int LeastBlockRows = 2;

    // With fewer, each thread reads all weights for too little work: then threads share the work of each layer.
    private const int LeastRowsPerThread = 8;

    private readonly (InferenceStep Apply, int Outputs)[] layers;
    private readonly SparseInferenceStep? firstOfSparse;   // the first of the layers, for sparse rows
    private readonly int widest;
    private readonly int blockRows;
    private readonly long operations;

    internal Predictor(Shape input, IReadOnlyList<Layer> trained)
    {
        InputShape = input;
        OutputShape = trained[^1].OutputShape;
        var frozen = new List<(InferenceStep, int)>();
        for (var i = 0; i < trained.Count; i++)
        {
            // Batch norm folds into what is right in front of it. It cannot move across an activation, which is not linear.
            var affine = trained.ElementAtOrDefault(i + 1)?.InferenceAffine();
            var taken = affine is null ? 0 : 1;
            var relu = trained.ElementAtOrDefault(i + taken + 1) is { IsRelu: true };
            var whole = i == 0 && trained[i] is DenseLayer dense
                ? OfBoth(dense, affine, relu, out firstOfSparse)
                : trained[i].ForInferenceWith(affine, relu);
            if ((whole ?? trained[i].ForInference()) is { } apply)
                frozen.Add((apply, trained[i].OutputShape.Size));
            if (whole is not null)
                i += taken + (relu ? 1 : 0);
        }

        layers = [.. frozen];
        widest = 1;
        foreach (var (_, outputs) in layers)
            widest = Math.Max(widest, outputs);
        var blockValues = trained.All(layer => layer.OutputShape.Pixels == 1) ? VectorBlockValues : ImageBlockValues;
        blockRows = Math.Clamp(blockValues / widest, LeastBlockRows, MostBlockRows);
        operations = trained.Sum(layer => layer.Operations);
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
            features.CopyTo(outputs);
        else
            Predict(features, sparse: default, outputs, rows);
    }

    /// <summary>The same, to the last bit, of sparse rows, where the first layer is dense.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public void Predict(SparseRows features, Span<float> outputs)
    {
        if (firstOfSparse is null)
            throw new InvalidOperationException("Only a network that starts with a dense layer predicts from sparse rows.");
        if (outputs.Length != (long)features.Rows * OutputShape.Size)
            throw new ArgumentException(
                $"{features.Rows} rows of {OutputShape.Size} outputs were expected, got room for {outputs.Length}.", nameof(outputs));
        Predict(dense: default, features, outputs, features.Rows);
    }

    private static InferenceStep OfBoth(DenseLayer dense, ChannelAffine? affine, bool relu, out SparseInferenceStep sparse)
    {
        (var step, sparse) = dense.ForInferenceOfBoth(affine, relu);
        return step;
    }

    private void Predict(ReadOnlySpan<float> dense, SparseRows sparse, Span<float> outputs, int rows)
    {
        var blocks = (rows + blockRows - 1) / blockRows;
        var threads = BlockRunner.Threads;
        var isByRows = BlockRunner.IsShared(rows * operations) && rows >= threads * Math.Min(blockRows, LeastRowsPerThread);
        if (isByRows)
            blocks = Math.Min((blocks + threads - 1) / threads * threads, BlockRunner.MaxBlocks);   // the same number for each
        var job = new RowBlocks(this, dense, sparse, outputs, rows, blocks);
        if (isByRows)
            BlockRunner.Run(ref job, blocks, rows * operations);
        else
            job.RunInTurn();
    }

    private unsafe void PredictBlock(ReadOnlySpan<float> dense, SparseRows sparse, Span<float> outputs, int rows)
    {
        const int line = AlignedBuffer.AlignmentInBytes / sizeof(float);
        var half = checked((rows * widest) + line - 1) / line * line;
        var rented = ArrayPool<float>.Shared.Rent(checked((2 * half) + line));
        fixed (float* pinned = rented)
        {
            var aligned = AlignedBuffer.Align(pinned);
            Span<float> here = new(aligned, half), there = new(aligned + half, half);
            var x = dense;
            for (var i = 0; i < layers.Length; i++)
            {
                var (apply, size) = layers[i];
                var y = i == layers.Length - 1 ? outputs : here[..(rows * size)];
                if (i == 0 && !sparse.IsDefault)
                    firstOfSparse!(sparse, y);
                else
                    apply(x, y, rows);
                x = y;
                var swap = here;
                here = there;
                there = swap;
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }

    /// <summary>
    /// Blocks of rows, each through all layers on one thread: what lies between two layers stays in that thread's cache, and threads meet
    /// once instead of at every layer.
    /// </summary>
    private readonly ref struct RowBlocks(
        Predictor predictor, ReadOnlySpan<float> dense, SparseRows sparse, Span<float> outputs, int rows, int blocks) : IBlockJob
    {
        private readonly ReadOnlySpan<float> dense = dense;
        private readonly SparseRows sparse = sparse;
        private readonly Span<float> outputs = outputs;

        public void Run(int block)
        {
            using var alone = BlockRunner.Limit(1);
            RunLayers(block);
        }

        /// <summary>One block after the other, with the work of each layer shared by all threads.</summary>
        public void RunInTurn()
        {
            for (var block = 0; block < blocks; block++)
                RunLayers(block);
        }

        private void RunLayers(int block)
        {
            var (first, end) = BlockRunner.Part(rows, block, blocks);
            int inputs = predictor.InputShape.Size, results = predictor.OutputShape.Size;
            var outputsOfBlock = outputs[(first * results)..(end * results)];
            if (sparse.IsDefault)
                predictor.PredictBlock(dense[(first * inputs)..(end * inputs)], sparse, outputsOfBlock, end - first);
            else
                predictor.PredictBlock(dense, sparse.Slice(first, end - first), outputsOfBlock, end - first);
        }
    }
}
