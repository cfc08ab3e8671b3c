using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// The gradient of the filters in pieces, each summed over a part of the outputs, that are added up in order. The gradient is small and the
/// sum long; how many pieces there are depends on the shape alone, so the sum is the same for every number of threads.
/// </summary>
internal readonly unsafe struct ConvolutionPieces
{
    private const int Most = 16;
    private const int Least = 2;
    private const int Elements = 1 << 22;

    private readonly int size;
    private readonly float* sums;

    /// <summary>Takes memory of this thread, for one piece or more.</summary>
    /// <param name="operands">The shape of the convolution.</param>
    /// <param name="parts">How many parts the outputs can be cut into.</param>
    public ConvolutionPieces(ConvolutionOperands operands, int parts)
    {
        size = operands.Window.PatchSize * operands.Filters;
        Count = Math.Clamp(parts, 1, Math.Clamp(Elements / size, Least, Most));
        sums = ScratchBuffer.Partials.AtLeast(Count * size);
    }

    public int Count { get; }

    /// <summary>
    /// In how many parts of the filters each piece is computed, so that every thread has as many of these blocks. A part changes no sum.
    /// </summary>
    /// <param name="panels">In how many parts the filters can be cut.</param>
    /// <param name="operations">As for <see cref="BlockRunner.IsShared"/>.</param>
    public int PartsToShare(int panels, long operations)
    {
        const int enoughPerThread = 4;
        var (threads, parts) = (BlockRunner.IsShared(operations) ? BlockRunner.Threads : 1, 1);
        while (parts < panels && Count * parts % threads != 0 && Count * parts < enoughPerThread * threads)
            parts++;
        return parts;
    }

    public float* this[int piece] => sums + ((nint)piece * size);

    /// <summary>Sets a piece to zero.</summary>
    public void Clear(int piece) => new Span<float>(this[piece], size).Clear();

    /// <summary>dFilters = the sum of the pieces.</summary>
    public void Add<TVector>(float* dFilters)
        where TVector : struct, ISimd<TVector>
    {
        const int operationsPerElement = 16, elementsPerBlock = 1 << 14;
        var blocks = Math.Clamp(size / elementsPerBlock, 1, BlockRunner.MaxBlocks);
        var addition = new Addition<TVector>(sums, size, Count, dFilters, blocks);
        BlockRunner.Run(ref addition, blocks, (long)operationsPerElement * (Count + 1) * size);
    }

    private readonly struct Addition<TVector>(float* sums, nint size, nint count, float* dFilters, int blocks) : IBlockJob
        where TVector : struct, ISimd<TVector>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public void Run(int block)
        {
            var (first, end) = BlockRunner.Part((int)size, block, blocks);
            nint i = first;
            for (; i <= end - TVector.Count; i += TVector.Count)
            {
                var sum = TVector.Load(sums + i);
                for (nint piece = 1; piece < count; piece++)
                    sum += TVector.Load(sums + (piece * size) + i);
                sum.Store(dFilters + i);
            }

            for (; i < end; i++)
            {
                var sum = sums[i];
                for (nint piece = 1; piece < count; piece++)
                    sum += sums[(piece * size) + i];
                dFilters[i] = sum;
            }
        }
    }
}
