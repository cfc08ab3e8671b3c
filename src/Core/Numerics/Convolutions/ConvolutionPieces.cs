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

    public float* this[int piece] => sums + ((nint)piece * size);

    /// <summary>Sets a piece to zero.</summary>
    public void Clear(int piece) => new Span<float>(this[piece], size).Clear();

    /// <summary>dFilters = the sum of the pieces.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<TVector>(float* dFilters)
        where TVector : struct, ISimd<TVector>
    {
        nint i = 0;
        for (; i <= size - TVector.Count; i += TVector.Count)
        {
            var sum = TVector.Load(sums + i);
            for (nint piece = 1; piece < Count; piece++)
                sum += TVector.Load(sums + (piece * size) + i);
            sum.Store(dFilters + i);
        }

        for (; i < size; i++)
        {
            var sum = sums[i];
            for (nint piece = 1; piece < Count; piece++)
                sum += sums[(piece * size) + i];
            dFilters[i] = sum;
        }
    }
}
