using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>What bounds a figure.</summary>
internal enum Limit
{
    /// <summary>Float operations of fused multiply-adds in registers.</summary>
    MultiplyAdd,

    /// <summary>Bytes of c = a + 3 * b over arrays in memory, with stores past the caches.</summary>
    Triad,

    /// <summary>Bytes read by the sum of an array in memory.</summary>
    Read,
}

/// <summary>What the machine gives to a number of threads just now, in 1e9 operations or bytes per second.</summary>
internal sealed record MachineLimits(double MultiplyAdd, double Triad, double Read)
{
    private const int Repeats = 9;

    // 256 MiB: more than any cache.
    private const int Length = 1 << 26;

    private static readonly Lazy<AlignedBuffer[]> Arrays = new(() => [.. Enumerable.Range(0, 3).Select(_ => Filled())]);

    /// <summary>What the loops add up; nobody reads it, but the compiler cannot know.</summary>
    internal static volatile float Sum;

    /// <summary>All limits; takes about two seconds.</summary>
    public static MachineLimits Measure(int threads) => new(
        MultiplyAddPeak(threads),
        Rate(threads, thread => new TriadOfPart(thread, threads), 3.0 * sizeof(float) * Length),
        Rate(threads, thread => new SumOfPart(thread, threads), sizeof(float) * (double)Length));

    /// <summary>GFLOP/s of fused multiply-adds alone.</summary>
    public static double MultiplyAddPeak(int threads) =>
        Rate(threads, _ => default(MultiplyAdds), 2.0 * MultiplyAdds.Steps * MultiplyAdds.Accumulators * Simd.Lanes * threads);

    public double Of(Limit limit) => limit switch
    {
        Limit.MultiplyAdd => MultiplyAdd,
        Limit.Triad => Triad,
        _ => Read,
    };

    public static string NameOf(Limit limit) => limit switch
    {
        Limit.MultiplyAdd => "multiply-adds",
        Limit.Triad => "triad",
        _ => "reading",
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Limits: {NameOf(Limit.MultiplyAdd)} {MultiplyAdd:F0} GFLOP/s, {NameOf(Limit.Triad)} {Triad:F1} GB/s, "
        + $"{NameOf(Limit.Read)} {Read:F1} GB/s");

    private static AlignedBuffer Filled()
    {
        var array = new AlignedBuffer(Length);
        array.Span.Fill(1);
        return array;
    }

    // The median counts, as for every other figure.
    private static double Rate<TOperation>(int threads, Func<int, TOperation> operation, double work)
        where TOperation : struct, ISimdOperation =>
        work / Enumerable.Range(0, Repeats).Select(_ => Seconds(threads, operation)).Median() / 1e9;

    private static double Seconds<TOperation>(int threads, Func<int, TOperation> operation)
        where TOperation : struct, ISimdOperation
    {
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => Run(thread)))];
        var started = Stopwatch.GetTimestamp();
        foreach (var other in others)
            other.Start();
        Run(0);
        foreach (var other in others)
            other.Join();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;

        void Run(int thread)
        {
            var part = operation(thread);
            Simd.RunWidest(ref part);
        }
    }

    private readonly struct MultiplyAdds : ISimdOperation
    {
        // Two units that take four cycles for each have work with eight.
        public const int Accumulators = 10;

        public const int Steps = 20_000_000;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            TVector x = TVector.Broadcast(0.999f), y = TVector.Broadcast(0.001f);
            TVector a0 = TVector.Broadcast(0), a1 = TVector.Broadcast(1), a2 = TVector.Broadcast(2), a3 = TVector.Broadcast(3),
                a4 = TVector.Broadcast(4), a5 = TVector.Broadcast(5), a6 = TVector.Broadcast(6), a7 = TVector.Broadcast(7),
                a8 = TVector.Broadcast(8), a9 = TVector.Broadcast(9);
            for (var i = 0; i < Steps; i++)
            {
                a0 = TVector.MultiplyAdd(a0, x, y);
                a1 = TVector.MultiplyAdd(a1, x, y);
                a2 = TVector.MultiplyAdd(a2, x, y);
                a3 = TVector.MultiplyAdd(a3, x, y);
                a4 = TVector.MultiplyAdd(a4, x, y);
                a5 = TVector.MultiplyAdd(a5, x, y);
                a6 = TVector.MultiplyAdd(a6, x, y);
                a7 = TVector.MultiplyAdd(a7, x, y);
                a8 = TVector.MultiplyAdd(a8, x, y);
                a9 = TVector.MultiplyAdd(a9, x, y);
            }

            Sum = TVector.Sum(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9);
        }
    }

    private readonly unsafe struct TriadOfPart(int thread, int threads) : ISimdOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var (part, three) = (PartOf(thread, threads), TVector.Broadcast(3));
            float* a = Arrays.Value[0].Pointer, b = Arrays.Value[1].Pointer, c = Arrays.Value[2].Pointer;
            for (var i = part.Start; i < part.End; i += TVector.Count)
                TVector.MultiplyAdd(TVector.Load(b + i), three, TVector.Load(a + i)).StoreNonTemporal(c + i);
        }
    }

    private readonly unsafe struct SumOfPart(int thread, int threads) : ISimdOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var part = PartOf(thread, threads);
            var a = Arrays.Value[0].Pointer;
            TVector s0 = TVector.Zero, s1 = s0, s2 = s0, s3 = s0;
            for (var i = part.Start; i < part.End; i += 4 * TVector.Count)
            {
                s0 += TVector.Load(a + i);
                s1 += TVector.Load(a + i + TVector.Count);
                s2 += TVector.Load(a + i + (2 * TVector.Count));
                s3 += TVector.Load(a + i + (3 * TVector.Count));
            }

            Sum = TVector.Sum(s0 + s1 + s2 + s3);
        }
    }

    // Of whole cache lines, and of whole steps of the sum.
    private static (nint Start, nint End) PartOf(int thread, int threads)
    {
        const long step = 4 * 16;
        return ((nint)(Length / step * thread / threads * step), (nint)(Length / step * (thread + 1) / threads * step));
    }
}
