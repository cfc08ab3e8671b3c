namespace MLNet.BatchNorm.Core.Tests.Support;

internal static class Agreement
{
    /// <summary>Every element within <paramref name="tolerance"/> of the expected one, relative where that is larger than 1.</summary>
    public static void ShouldAgree(this ReadOnlySpan<float> actual, IReadOnlyList<double> expected, double tolerance)
    {
        actual.Length.Should().Be(expected.Count);
        for (var i = 0; i < actual.Length; i++)
        {
            var allowed = tolerance * Math.Max(1, Math.Abs(expected[i]));
            ((double)actual[i]).Should().BeApproximately(expected[i], allowed, "element {0} must agree", i);
        }
    }

    /// <inheritdoc cref="ShouldAgree(ReadOnlySpan{float}, IReadOnlyList{double}, double)"/>
    public static void ShouldAgree(this Span<float> actual, IReadOnlyList<double> expected, double tolerance) =>
        ((ReadOnlySpan<float>)actual).ShouldAgree(expected, tolerance);

    /// <inheritdoc cref="ShouldAgree(ReadOnlySpan{float}, IReadOnlyList{double}, double)"/>
    public static void ShouldAgree(this float[] actual, IReadOnlyList<double> expected, double tolerance) =>
        ((ReadOnlySpan<float>)actual).ShouldAgree(expected, tolerance);
}
