using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>Arrays that the caches do not hold, 26 MB each: how results are stored depends on size, alignment and threads.</summary>
[Collection(nameof(WorkersAlone))]
public sealed class BatchNormKernelsLargeTests
{
    private const int Channels = 64;
    private const int Pieces = 64;
    private const int Rows = Pieces * 1600;
    private const int Length = Rows * Channels;

    private static readonly float[] Mean = Some.Values(Channels, seed: 1), Gamma = Some.Values(Channels, seed: 2);
    private static readonly float[] Beta = Some.Values(Channels, seed: 3), InverseStdDev = Some.Values(Channels, seed: 4, 0.2f, 1);
    private static readonly float[] DGamma = Some.Values(Channels, seed: 5, scale: Rows / 4);
    private static readonly float[] DBeta = Some.Values(Channels, seed: 6, scale: Rows / 4);
    private static readonly float[] X = Some.Values(Length, seed: 7), Dy = Some.Values(Length, seed: 8);

    /// <summary>Threads, and floats between the start of a cache line and that of the result: none, one, and a vector of 8 or 4.</summary>
    public static TheoryData<int, int> Cases => new() { { 1, 0 }, { 1, 1 }, { 1, 8 }, { 1, 4 }, { 2, 0 }, { 2, 1 }, { 2, 8 }, { 2, 4 } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_AnyThreadsAndAlignment_MatchesOracleAndSmallPieces(int threads, int offset) => Compare(
        threads, offset,
        (x, _, y) => BatchNormKernels.Forward(x, Mean, InverseStdDev, Gamma, Beta, y, relu: true),
        i => Math.Max(0, Normalized(i)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Affine_AnyThreadsAndAlignment_MatchesOracleAndSmallPieces(int threads, int offset) => Compare(
        threads, offset,
        (x, _, y) => BatchNormKernels.Affine(x, Gamma, Beta, y),
        i => ((double)X[i] * Gamma[i % Channels]) + Beta[i % Channels]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void BackwardInput_AnyThreadsAndAlignment_MatchesOracleAndSmallPieces(int threads, int offset)
    {
        // Of a power of two pieces, so that sums per row are the same numbers.
        float[] gammaOfPiece = [.. DGamma.Select(sum => sum / Pieces)], betaOfPiece = [.. DBeta.Select(sum => sum / Pieces)];
        Compare(
            threads, offset,
            (x, dy, dx) => BatchNormKernels.BackwardInputRelu(x, dy, Mean, InverseStdDev, Gamma, Beta, DGamma, DBeta, dx),
            i =>
            {
                var c = i % Channels;
                var dy = Normalized(i) > 0 ? Dy[i] : 0;
                var xHat = ((double)X[i] - Mean[c]) * InverseStdDev[c];
                return Gamma[c] * InverseStdDev[c] * (dy - ((DBeta[c] + (xHat * DGamma[c])) / Rows));
            },
            (x, dy, dx) => BatchNormKernels.BackwardInputRelu(x, dy, Mean, InverseStdDev, Gamma, Beta, gammaOfPiece, betaOfPiece, dx));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AllMaps_InPlace_GiveTheSameBits(int threads)
    {
        using var most = new MaxThreads(2);
        using var limit = BlockRunner.Limit(threads);
        AlignedBuffer apart = new(Length), inPlace = new(Length);

        BatchNormKernels.Forward(X, Mean, InverseStdDev, Gamma, Beta, apart.Span);
        X.CopyTo(inPlace.Span);
        BatchNormKernels.Forward(inPlace.Span, Mean, InverseStdDev, Gamma, Beta, inPlace.Span);
        inPlace.Span.SequenceEqual(apart.Span).Should().BeTrue("y may be x");

        BatchNormKernels.BackwardInput(X, Dy, Mean, InverseStdDev, Gamma, DGamma, DBeta, apart.Span);
        Dy.CopyTo(inPlace.Span);
        BatchNormKernels.BackwardInput(X, inPlace.Span, Mean, InverseStdDev, Gamma, DGamma, DBeta, inPlace.Span);
        inPlace.Span.SequenceEqual(apart.Span).Should().BeTrue("dx may be dy");
    }

    // The first row lies where stores past the caches need it, others do not.
    [Theory]
    [InlineData(66)]
    [InlineData(72)]
    [InlineData(101)]
    public void Affine_RowsOfNoWholeVectors_MatchesOracle(int channels)
    {
        using var limit = BlockRunner.Limit(1);
        var length = Length / channels * channels;
        float[] gamma = Some.Values(channels, seed: 2), beta = Some.Values(channels, seed: 3);
        var y = new AlignedBuffer(length);

        BatchNormKernels.Affine(X.AsSpan(0, length), gamma, beta, y.Span);

        // Two float32 roundings of numbers up to about 10.
        var values = y.Span.ToArray();
        int[] some = [.. Enumerable.Range(0, length / 997).Select(i => i * 997)];
        some.Select(i => values[i]).ToArray()
            .ShouldAgree([.. some.Select(i => ((double)X[i] * gamma[i % channels]) + beta[i % channels])], 1e-5);
    }

    private delegate void Map(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> result);

    private static double Normalized(int i)
    {
        var c = i % Channels;
        return (((double)X[i] - Mean[c]) * InverseStdDev[c] * Gamma[c]) + Beta[c];
    }

    private static void Compare(int threads, int offset, Map map, Func<int, double> oracle, Map? ofPiece = null)
    {
        const float untouched = 12345.5f;
        const int line = 16;
        using var most = new MaxThreads(2);
        using var limit = BlockRunner.Limit(threads);
        AlignedBuffer memory = new(offset + Length + line), pieces = new(Length);
        memory.Span.Fill(untouched);

        ofPiece ??= map;
        var whole = memory.Span.Slice(offset, Length);
        map(X, Dy, whole);
        for (var i = 0; i < Length; i += Length / Pieces)
            ofPiece(X.AsSpan(i, Length / Pieces), Dy.AsSpan(i, Length / Pieces), pieces.Span.Slice(i, Length / Pieces));

        whole.SequenceEqual(pieces.Span).Should().BeTrue("how results are stored must not change them");
        (memory.Span[..offset].ContainsAnyExcept(untouched) || memory.Span[(offset + Length)..].ContainsAnyExcept(untouched))
            .Should().BeFalse("nothing outside the result may be written");
        // Every 997th, a prime, so that all channels come. A handful of float32 roundings of numbers up to about 30.
        int[] some = [.. Enumerable.Range(0, Length / 997).Select(i => i * 997)];
        var values = whole.ToArray();
        some.Select(i => values[i]).ToArray().ShouldAgree([.. some.Select(oracle)], 1e-5);
    }
}
