namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Memory for a result with values on both sides of it that nobody may write.</summary>
internal sealed class Guarded
{
    private const int Guard = 32;
    private const float Untouched = 12345.5f;

    private readonly float[] values;

    public Guarded(int length)
    {
        values = new float[length + (2 * Guard)];
        Array.Fill(values, Untouched);
    }

    public Span<float> Span => values.AsSpan(Guard..^Guard);

    /// <summary>The result. Fails if something outside it was written.</summary>
    public float[] Result()
    {
        values[..Guard].Concat(values[^Guard..]).Should().OnlyContain(
            value => value == Untouched, "nothing outside the result may be written");
        return values[Guard..^Guard];
    }
}
