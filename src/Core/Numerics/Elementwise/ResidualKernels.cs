using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>What joins the two ways of a residual block.</summary>
internal static unsafe class ResidualKernels
{
    /// <summary>y += x; 0 where that is negative, if <paramref name="relu"/>. What is not a number stays so.</summary>
    public static void Add(ReadOnlySpan<float> x, Span<float> y, bool relu)
    {
        SpanLength.Require(y, x.Length);
        fixed (float* pinnedX = x, pinnedY = y)
        {
            var pass = new AddPass(pinnedX, pinnedY, x.Length, relu ? 0 : float.NegativeInfinity);
            Simd.RunWidest(ref pass);
        }
    }

    private readonly struct AddPass(float* x, float* y, int length, float floor) : ISimdOperation
    {
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var job = new AddJob<TVector>(x, y, length, floor);
            job.Run();
        }
    }

    private struct AddJob<TVector>(float* x, float* y, int length, float floor) : IBlockJob
        where TVector : struct, ISimd<TVector>
    {
        private const int BlockLength = 1 << 13;

        private int blocks;

        public void Run()
        {
            const int operationsPerElement = 32;
            blocks = (int)Math.Min(((long)length + BlockLength - 1) / BlockLength, BlockRunner.MaxBlocks);
            BlockRunner.Run(ref this, blocks, (long)operationsPerElement * length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        public readonly void Run(int block)
        {
            var least = TVector.Broadcast(floor);
            var (first, end) = BlockRunner.Part(length, block, blocks);
            nint i = first;
            for (; i <= end - TVector.Count; i += TVector.Count)
                TVector.AtLeast(least, TVector.Load(y + i) + TVector.Load(x + i)).Store(y + i);
            if (i == end)
                return;
            var mask = TVector.Mask(end - i);
            TVector.AtLeast(least, TVector.LoadMasked(y + i, mask) + TVector.LoadMasked(x + i, mask)).StoreMasked(y + i, mask);
        }
    }
}
