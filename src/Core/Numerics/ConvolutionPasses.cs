using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The arrays of one convolution; which of them are read and which is written, the pass decides.</summary>
internal unsafe struct ConvolutionOperands
{
    // Values of the patches that are gathered at a time: 128 KB, which stays in the second-level cache until the product has used it.
    private const int PatchElements = 1 << 15;
    private const int LeastPixels = 12;
    private const int MostPixels = 512;

    public SlidingWindow Window;
    public int Filters;
    public float* Images;
    public float* FilterMatrix;
    public float* Bias;
    public float* Outputs;
    public bool Relu;

    public readonly int Pixels => Window.Images * Window.OutputPixels;

    /// <summary>Output pixels whose patches are worked on together.</summary>
    public readonly int PixelsTogether => Math.Clamp(PatchElements / Window.PatchSize, LeastPixels, MostPixels);

    public readonly long Operations => 2L * Pixels * Window.PatchSize * Filters;

    /// <summary>Memory of the current thread for the patches worked on together.</summary>
    public readonly float* PatchMemory() => ScratchBuffer.Rows.AtLeast((PixelsTogether * Window.PatchSize) + ConvolutionPatches.Slack);
}

/// <summary>y = patches * filters, block by block of output pixels.</summary>
internal unsafe struct ConvolutionForward<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int MostBlocks = 1 << 12;

    private readonly int blocks = Math.Clamp(operands.Pixels / operands.PixelsTogether, 1, MostBlocks);

    public void Run() => RowPartition.Run(ref this, blocks, operands.Operations);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        var (pixel, end) = RowPartition.Part(operands.Pixels, block, blocks);
        var patches = operands.PatchMemory();
        for (int next; pixel < end; pixel = next)
        {
            next = Math.Min(end, pixel + operands.PixelsTogether);
            ConvolutionPatches.Gather<TVector>(operands.Window, operands.Images, pixel, next, patches);
            MatrixProductBlocks<TVector>.RunOnThisThread(new ProductOperands
            {
                M = next - pixel,
                K = operands.Window.PatchSize,
                N = operands.Filters,
                A = patches,
                ARow = operands.Window.PatchSize,
                ADepth = 1,
                B = operands.FilterMatrix,
                BDepth = operands.Filters,
                BPanel = MatrixProductTile<TVector>.Columns,
                C = operands.Outputs + ((nint)pixel * operands.Filters),
                CRow = operands.Filters,
                Start = operands.Bias,
                Relu = operands.Relu,
            });
        }
    }
}

/// <summary>
/// dx = the sum of the patches dy * filters^T at the pixels they came from; one block is one image, because patches overlap.
/// </summary>
internal unsafe struct ConvolutionBackwardInput<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly int blocks = Math.Min(operands.Window.Images, RowPartition.MaxBlocks);
    private float* transposedFilters;

    public void Run()
    {
        var patch = operands.Window.PatchSize;
        transposedFilters = ScratchBuffer.Panels.AtLeast(patch * operands.Filters);
        MatrixTranspose.Copy(operands.FilterMatrix, patch, operands.Filters, transposedFilters, patch);
        RowPartition.Run(ref this, blocks, operands.Operations);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        var (image, end) = RowPartition.Part(operands.Window.Images, block, blocks);
        for (; image < end; image++)
            AddImage(image);
    }

    private readonly void AddImage(int image)
    {
        var window = operands.Window;
        var dx = operands.Images + ((nint)image * window.ImageSize);
        var dy = operands.Outputs + ((nint)image * window.OutputPixels * operands.Filters);
        var patches = operands.PatchMemory();
        new Span<float>(dx, window.ImageSize).Clear();
        for (int pixel = 0, next; pixel < window.OutputPixels; pixel = next)
        {
            next = Math.Min(window.OutputPixels, pixel + operands.PixelsTogether);
            MatrixProductBlocks<TVector>.RunOnThisThread(new ProductOperands
            {
                M = next - pixel,
                K = operands.Filters,
                N = window.PatchSize,
                A = dy + ((nint)pixel * operands.Filters),
                ARow = operands.Filters,
                ADepth = 1,
                B = transposedFilters,
                BDepth = window.PatchSize,
                BPanel = MatrixProductTile<TVector>.Columns,
                C = patches,
                CRow = window.PatchSize,
            });
            ConvolutionPatches.ScatterAdd<TVector>(window, patches, pixel, next, dx);
        }
    }
}

/// <summary>
/// dFilters = patches^T * dy. The result is small and the sum over pixels long, so pieces of the pixels are summed apart and added up in
/// order; how many pieces there are depends on the shape alone, so the sum is the same for every number of threads.
/// </summary>
internal unsafe struct ConvolutionBackwardFilters<TVector>(ConvolutionOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int MostPieces = 16;
    private const int LeastPieces = 2;
    private const int PieceElements = 1 << 22;

    private readonly int size = operands.Window.PatchSize * operands.Filters;
    private readonly int pieces = Math.Clamp(PieceElements / (operands.Window.PatchSize * operands.Filters), LeastPieces, MostPieces);
    private float* sums;

    public void Run()
    {
        sums = ScratchBuffer.Partials.AtLeast(pieces * size);
        RowPartition.Run(ref this, pieces, operands.Operations);
        for (var i = 0; i < size; i++)
        {
            var sum = sums[i];
            for (var piece = 1; piece < pieces; piece++)
                sum += sums[(nint)piece * size + i];
            operands.FilterMatrix[i] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int block)
    {
        var (pixel, end) = RowPartition.Part(operands.Pixels, block, pieces);
        var patches = operands.PatchMemory();
        var sum = sums + (nint)block * size;
        new Span<float>(sum, size).Clear();
        for (int next; pixel < end; pixel = next)
        {
            next = Math.Min(end, pixel + operands.PixelsTogether);
            ConvolutionPatches.Gather<TVector>(operands.Window, operands.Images, pixel, next, patches);
            MatrixProductBlocks<TVector>.RunOnThisThread(new ProductOperands
            {
                M = operands.Window.PatchSize,
                K = next - pixel,
                N = operands.Filters,
                A = patches,
                ARow = 1,
                ADepth = operands.Window.PatchSize,
                B = operands.Outputs + ((nint)pixel * operands.Filters),
                BDepth = operands.Filters,
                BPanel = MatrixProductTile<TVector>.Columns,
                C = sum,
                CRow = operands.Filters,
                Start = sum,
                StartRow = operands.Filters,
            });
        }
    }
}
