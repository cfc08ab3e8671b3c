using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Batch normalization as <see cref="BatchNormMap{TVector}"/> computes it and max pooling by windows of 2 x 2 side by side as
/// <see cref="PoolingOfFour{TVector}"/> does, in one pass over the images that were to be normalized. Forward: y = the largest normalized
/// value of each window. Backward: its dy goes to the first of the four that equals y, unless the ReLU was closed, and from there through
/// the batch statistics.
/// </summary>
/// <remarks>
/// The lanes are channels. Factors are loaded once for a few windows. dx is written in one ascending run, row by row; what the upper row of
/// a window has left of the gradient waits in the cache for the lower one. Pixels that no window covers, the last row or column of an odd
/// size, get no share of it.
/// </remarks>
internal unsafe struct BatchNormPooling<TVector>(BatchNormOperands operands) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private const int RowsPerBlock = 8;
    private const int WindowsTogether = 8;

    private readonly SlidingWindow window = operands.Pooled.Window;
    private readonly int outputHeight = operands.Pooled.Window.OutputHeight, outputWidth = operands.Pooled.Window.OutputWidth;
    private readonly nint channels = operands.Pooled.Window.Channels;
    private readonly nint imageRow = (nint)operands.Pooled.Window.Width * operands.Pooled.Window.Channels;
    private int blocks;

    private readonly int Rows => window.Images * outputHeight;

    public void Run()
    {
        const int operationsPerElement = 16;
        blocks = Math.Min((Rows + RowsPerBlock - 1) / RowsPerBlock, BlockRunner.MaxBlocks);
        BlockRunner.Run(ref this, blocks, (long)operationsPerElement * window.Images * window.ImageSize);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var (row, end) = BlockRunner.Part(Rows, block, blocks);
        for (; row < end; row++)
        {
            if (operands.Pooled.Dy == null)
                Forward(row);
            else
                Backward(row, operands.Result, sharesAlone: false);
        }
    }

    /// <summary>The row of windows, numbered through all images, over a value of the images.</summary>
    public readonly int RowOver(nint value)
    {
        var (image, inImage) = Math.DivRem(value, window.ImageSize);
        return (int)((image * outputHeight) + Math.Min(inImage / (2 * imageRow), outputHeight - 1));
    }

    /// <summary>The first value under a row of windows.</summary>
    public readonly nint FirstUnder(int row)
    {
        var (image, oy) = Math.DivRem(row, outputHeight);
        return ((nint)image * window.ImageSize) + (2 * oy * imageRow);
    }

    /// <summary>
    /// Writes the rows of the images under a row of windows, where they are in all images behind <paramref name="result"/>: the gradient in
    /// front of batch normalization or, if <paramref name="sharesAlone"/>, behind it, what each value gets of dy.
    /// </summary>
    public readonly void Backward(int row, float* result, bool sharesAlone)
    {
        nint first = FirstUnder(row), output = (nint)row * outputWidth * channels;
        float* x = operands.X + first, y = operands.Pooled.Y + output, dy = operands.Pooled.Dy + output;
        var rest = ScratchBuffer.Rows.AtLeast((int)(outputWidth * channels));
        result += first;
        BackwardRow(x, y, dy, rest, result, isLower: false, sharesAlone);
        BackwardRow(x + imageRow, y, dy, rest, result + imageRow, isLower: true, sharesAlone);
        if (window.Height % 2 != 0 && (row + 1) % outputHeight == 0)
            for (nint i = 0; i < imageRow; i += channels)
                BackwardUncovered(x + (2 * imageRow) + i, result + (2 * imageRow) + i, sharesAlone);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Forward(int row)
    {
        var x = operands.X + FirstUnder(row);
        var y = operands.Pooled.Y + ((nint)row * outputWidth * channels);
        nint whole = channels - (channels % TVector.Count);
        var mask = TVector.Mask(channels - whole);
        for (var ox = 0; ox < outputWidth; ox += WindowsTogether)
        {
            var windows = Math.Min(WindowsTogether, outputWidth - ox);
            float* from = x + (2 * ox * channels), to = y + (ox * channels);
            for (nint c = 0; c < whole; c += TVector.Count)
                ForwardWindows(from + c, to + c, c, windows, mask, masked: false);
            if (whole < channels)
                ForwardWindows(from + whole, to + whole, whole, windows, mask, masked: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void ForwardWindows(float* x, float* y, nint channel, int windows, TVector mask, bool masked)
    {
        var factors = operands.Factors;
        TVector mean = TVector.Load(factors.Mean + channel), scale = TVector.Load(factors.Scale + channel);
        TVector beta = TVector.Load(factors.Beta + channel), lowest = TVector.Broadcast(operands.Relu ? 0 : float.NegativeInfinity);
        nint right = channels, below = imageRow;
        for (; windows > 0; windows--, x += 2 * right, y += right)
        {
            var upper = TVector.Max(
                Normalized(x, mean, scale, beta, lowest, mask, masked), Normalized(x + right, mean, scale, beta, lowest, mask, masked));
            var lower = TVector.Max(
                Normalized(x + below, mean, scale, beta, lowest, mask, masked),
                Normalized(x + below + right, mean, scale, beta, lowest, mask, masked));
            PoolingLanes.Store(y, TVector.Max(upper, lower), mask, masked);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Normalized(float* x, TVector mean, TVector scale, TVector beta, TVector lowest, TVector mask, bool masked) =>
        TVector.AtLeast(lowest, TVector.MultiplyAdd(PoolingLanes.Load(x, mask, masked) - mean, scale, beta));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void BackwardRow(float* x, float* y, float* dy, float* rest, float* result, bool isLower, bool sharesAlone)
    {
        nint whole = channels - (channels % TVector.Count);
        var mask = TVector.Mask(channels - whole);
        for (var ox = 0; ox < outputWidth; ox += WindowsTogether)
        {
            var windows = Math.Min(WindowsTogether, outputWidth - ox);
            nint at = ox * channels;
            for (nint c = 0; c < whole; c += TVector.Count)
                BackwardWindows(
                    x + (2 * at) + c, y + at + c, dy + at + c, rest + at + c, result + (2 * at) + c, c, windows, isLower, sharesAlone,
                    mask, masked: false);
            if (whole < channels)
                BackwardWindows(
                    x + (2 * at) + whole, y + at + whole, dy + at + whole, rest + at + whole, result + (2 * at) + whole, whole, windows,
                    isLower, sharesAlone, mask, masked: true);
        }

        if (window.Width % 2 != 0)
            BackwardUncovered(x + imageRow - channels, result + imageRow - channels, sharesAlone);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void BackwardWindows(
        float* x, float* y, float* dy, float* rest, float* result, nint channel, int windows, bool isLower, bool sharesAlone, TVector mask,
        bool masked)
    {
        var factors = operands.Factors;
        TVector mean = TVector.Load(factors.Mean + channel), scale = TVector.Load(factors.Scale + channel);
        TVector beta = TVector.Load(factors.Beta + channel), slope = TVector.Load(factors.Slope + channel);
        var meanGradient = TVector.Load(factors.MeanGradient + channel);
        var relu = operands.Relu && !isLower;
        var right = channels;
        var upstream = isLower ? rest : dy;
        for (; windows > 0; windows--, x += 2 * right, result += 2 * right, y += right, upstream += right, rest += right)
        {
            var largest = PoolingLanes.Load(y, mask, masked);
            var remaining = PoolingLanes.Load(upstream, mask, masked);
            if (relu)
                remaining = TVector.WherePositive(largest, remaining);
            TVector left = PoolingLanes.Load(x, mask, masked) - mean, next = PoolingLanes.Load(x + right, mask, masked) - mean;
            var share = TVector.WhereEqual(TVector.MultiplyAdd(left, scale, beta), largest, remaining);
            remaining -= share;
            var shareOfNext = TVector.WhereEqual(TVector.MultiplyAdd(next, scale, beta), largest, remaining);
            if (!isLower)
                PoolingLanes.Store(rest, remaining - shareOfNext, mask, masked);
            if (!sharesAlone)
            {
                share = BatchNormFactors.InputGradient(share, left, scale, meanGradient, slope);
                shareOfNext = BatchNormFactors.InputGradient(shareOfNext, next, scale, meanGradient, slope);
            }

            PoolingLanes.Store(result, share, mask, masked);
            PoolingLanes.Store(result + right, shareOfNext, mask, masked);
        }
    }

    /// <summary>A pixel that is in no window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void BackwardUncovered(float* x, float* result, bool sharesAlone)
    {
        if (sharesAlone)
        {
            new Span<float>(result, (int)channels).Clear();
            return;
        }

        nint whole = channels - (channels % TVector.Count);
        var mask = TVector.Mask(channels - whole);
        for (nint c = 0; c < whole; c += TVector.Count)
            BackwardUncovered(x + c, result + c, c, mask, masked: false);
        if (whole < channels)
            BackwardUncovered(x + whole, result + whole, whole, mask, masked: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void BackwardUncovered(float* x, float* result, nint channel, TVector mask, bool masked)
    {
        var factors = operands.Factors;
        TVector scale = TVector.Load(factors.Scale + channel), slope = TVector.Load(factors.Slope + channel);
        var deviation = PoolingLanes.Load(x, mask, masked) - TVector.Load(factors.Mean + channel);
        var meanGradient = TVector.Load(factors.MeanGradient + channel);
        PoolingLanes.Store(result, BatchNormFactors.InputGradient(TVector.Zero, deviation, scale, meanGradient, slope), mask, masked);
    }
}
