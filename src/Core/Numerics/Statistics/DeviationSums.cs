using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// s = sum(x - m) and q = sum((x - m)^2) per channel for a given m, in double, over rows that all count the same.
/// </summary>
/// <remarks>
/// Rows of few channels lie side by side (<see cref="ChannelLanes"/>) and fill whole vectors. A vector of lanes takes eight rows before the
/// next one does: fewer would load and store the sums more often, and more would read from more places than the memory keeps up with. The
/// rows after them are asked for ahead of time, because the processor does not see that eight rows side by side are one stream.
/// </remarks>
internal sealed unsafe class DeviationSums(int channels)
{
    private const int RowsTogether = 8;
    private const int PrefetchedBytesAhead = 4096;   // 8 rows of 64 floats twice: measured

    private double[] shifts = [];
    private double[] sums = [];
    private double[] squares = [];

    /// <summary>Measures a block of rows; T is float or double.</summary>
    /// <param name="rows">Channels last.</param>
    /// <param name="shift">m of each channel.</param>
    /// <param name="sum">Receives s of each channel.</param>
    /// <param name="square">Receives q of each channel.</param>
    public void Measure<T>(ReadOnlySpan<T> rows, ReadOnlySpan<double> shift, Span<double> sum, Span<double> square)
        where T : unmanaged, INumberBase<T>
    {
        SpanLength.RequireRows(rows, channels);
        SpanLength.Require(shift, channels);
        SpanLength.Require(sum, channels);
        SpanLength.Require(square, channels);
        var lanes = new ChannelLanes(rows.Length, channels);
        Start(lanes, shift);
        fixed (T* first = rows)
        fixed (double* m = shifts, s = sums, q = squares)
        {
            var x = first;
            for (var row = 0; row < lanes.Rows; row += RowsTogether, x += RowsTogether * (nint)lanes.Width)
            {
                Prefetch((byte*)x + PrefetchedBytesAhead, RowsTogether * lanes.Width * sizeof(T));
                Add(x, Math.Min(RowsTogether, lanes.Rows - row), lanes.Width, lanes.Width, m, s, q);
            }

            if (lanes.TailWidth > 0)
                Add(first + ((nint)lanes.Rows * lanes.Width), 1, lanes.Width, lanes.TailWidth, m, s, q);
        }

        for (var channel = 0; channel < channels; channel++)
        {
            (sum[channel], square[channel]) = (0, 0);
            for (var lane = channel; lane < lanes.Width; lane += channels)
            {
                sum[channel] += sums[lane];
                square[channel] += squares[lane];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* memory, int bytes)
    {
        const int line = 64;
        if (Sse.IsSupported)
            for (var i = 0; i < bytes; i += line)
                Sse.Prefetch0(memory + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<T>(T* x, int rows, nint stride, int width, double* shifts, double* sums, double* squares)
        where T : unmanaged, INumberBase<T>
    {
        var lane = 0;

        // Vector<T> is no wider than 256 bits unless an application asks for more. 512 take a quarter less time, even on a processor that
        // computes them in two halves.
        if (Vector512.IsHardwareAccelerated)
            for (; lane <= width - Vector512<double>.Count; lane += Vector512<double>.Count)
            {
                Vector512<double> shift = Vector512.Load(shifts + lane), sum = Vector512.Load(sums + lane);
                var square = Vector512.Load(squares + lane);
                var value = x + lane;
                for (var row = rows; row > 0; row--, value += stride)
                {
                    var deviation = Widened.Load512(value) - shift;
                    sum += deviation;
                    square = Vector512.MultiplyAddEstimate(deviation, deviation, square);
                }

                sum.Store(sums + lane);
                square.Store(squares + lane);
            }

        for (; lane <= width - Vector<double>.Count; lane += Vector<double>.Count)
        {
            Vector<double> shift = Vector.Load(shifts + lane), sum = Vector.Load(sums + lane), square = Vector.Load(squares + lane);
            var value = x + lane;
            for (var row = rows; row > 0; row--, value += stride)
            {
                var deviation = Widened.Load(value) - shift;
                sum += deviation;
                square = Vector.MultiplyAddEstimate(deviation, deviation, square);
            }

            sum.Store(sums + lane);
            square.Store(squares + lane);
        }

        for (; lane < width; lane++)
            for (var row = 0; row < rows; row++)
            {
                var deviation = double.CreateTruncating(x[lane + (row * stride)]) - shifts[lane];
                sums[lane] += deviation;
                squares[lane] += deviation * deviation;
            }
    }

    private void Start(ChannelLanes lanes, ReadOnlySpan<double> shift)
    {
        if (shifts.Length == 0)
            (shifts, sums, squares) = (new double[lanes.Width], new double[lanes.Width], new double[lanes.Width]);
        shift.CopyTo(shifts);
        lanes.RepeatFirst<double>(shifts);
        sums.AsSpan().Clear();
        squares.AsSpan().Clear();
    }
}
