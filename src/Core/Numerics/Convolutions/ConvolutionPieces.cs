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

    private readonly int patch, filters, panelWidth, size;
    private readonly float* sums;

    /// <summary>Takes memory of this thread, for one piece or more.</summary>
    /// <param name="operands">The shape of the convolution.</param>
    /// <param name="parts">How many parts the outputs can be cut into.</param>
    /// <param name="panelWidth">
    /// Each piece lies in panels of so many filters, [panel, patch, filter of the panel]; the last may have fewer. The sums of a register
    /// tile are then neighbours.
    /// </param>
    public ConvolutionPieces(ConvolutionOperands operands, int parts, int panelWidth)
    {
        (patch, filters, this.panelWidth) = (operands.Window.PatchSize, operands.Filters, panelWidth);
        size = patch * filters;
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
        var blocks = Math.Clamp(size / elementsPerBlock, 1, Math.Min(patch, BlockRunner.MaxBlocks));
        var addition = new Addition<TVector>(this, dFilters, blocks);
        BlockRunner.Run(ref addition, blocks, (long)operationsPerElement * (Count + 1) * size);
    }

    private readonly struct Addition<TVector>(ConvolutionPieces pieces, float* dFilters, int blocks) : IBlockJob
        where TVector : struct, ISimd<TVector>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public void Run(int block)
        {
            // Of several panels few rows at a time, so that the rows are written on from where they end.
            var (first, end) = BlockRunner.Part(pieces.patch, block, blocks);
            var rowsTogether = pieces.filters <= pieces.panelWidth ? Math.Max(1, end - first) : 8;
            for (int next; first < end; first = next)
            {
                next = Math.Min(end, first + rowsTogether);
                for (var filter = 0; filter < pieces.filters; filter += pieces.panelWidth)
                    AddPanel(filter, Math.Min(pieces.panelWidth, pieces.filters - filter), first, next);
            }
        }

        private void AddPanel(nint filter, nint columns, int row, int end)
        {
            var from = pieces.sums + (filter * pieces.patch) + (row * columns);
            var to = dFilters + ((nint)row * pieces.filters) + filter;
            if (columns == pieces.filters)
            {
                // One panel is one run of memory.
                AddRow(from, to, (end - row) * columns);
                return;
            }

            for (; row < end; row++, from += columns, to += pieces.filters)
                AddRow(from, to, columns);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRow(float* from, float* to, nint columns)
        {
            nint i = 0, size = pieces.size, count = pieces.Count;
            for (; i <= columns - TVector.Count; i += TVector.Count)
            {
                var sum = TVector.Load(from + i);
                for (nint piece = 1; piece < count; piece++)
                    sum += TVector.Load(from + (piece * size) + i);
                sum.Store(to + i);
            }

            for (; i < columns; i++)
            {
                var sum = from[i];
                for (nint piece = 1; piece < count; piece++)
                    sum += from[(piece * size) + i];
                to[i] = sum;
            }
        }
    }
}
