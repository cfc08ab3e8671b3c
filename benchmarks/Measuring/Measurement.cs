using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>
/// One figure, in the form all peers print: <paramref name="Value"/> is that of the median repeat, lo and hi those of the extremes.
/// </summary>
internal sealed record Measurement(
    [property: JsonPropertyName("peer")] string Peer,
    [property: JsonPropertyName("workload")] string Workload,
    [property: JsonPropertyName("metric")] string Metric,
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("lo")] double Low,
    [property: JsonPropertyName("hi")] double High,
    [property: JsonPropertyName("repeats")] int Repeats,
    [property: JsonPropertyName("config")] string Config)
{
    public const string Self = "mlnet-batchnorm";

    public static Measurement Of(string workload, string metric, string unit, Timing timing, double[] seconds, Func<double, double> toValue)
    {
        var sorted = seconds.Order().ToArray();
        var extremes = new[] { toValue(sorted[0]), toValue(sorted[^1]) };
        return new(
            Self, workload, metric, Rounded(toValue(sorted[sorted.Length / 2])), unit, timing.Threads,
            Rounded(extremes.Min()), Rounded(extremes.Max()), seconds.Length, Configuration);
    }

    /// <summary>Reads a line that a peer printed; null if it is not a figure.</summary>
    public static Measurement? Parse(string line)
    {
        try
        {
            return line.StartsWith('{') && JsonSerializer.Deserialize<Measurement>(line) is { Workload: not null, Metric: not null } figure
                ? figure
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    private static string Configuration => string.Create(
        CultureInfo.InvariantCulture, $".NET {Environment.Version}, {System.Numerics.Vector<float>.Count * 32}-bit Vector<T>");

    private static double Rounded(double value) => Math.Round(value, 4);
}
