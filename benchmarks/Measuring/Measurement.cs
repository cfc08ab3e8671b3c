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

    /// <summary>What it takes of the machine, if that is known.</summary>
    [JsonIgnore]
    public Work? Work { get; init; }

    /// <summary>The value of the best repeat.</summary>
    [JsonIgnore]
    public double Best => IsTime ? Low : High;

    private bool IsTime => Unit == "us";

    public static Measurement Of(
        string workload, string metric, string unit, Timing timing, double[] seconds, Func<double, double> toValue, Work? work = null)
    {
        var sorted = seconds.Order().ToArray();
        var extremes = new[] { toValue(sorted[0]), toValue(sorted[^1]) };
        return new(
            Self, workload, metric, Rounded(toValue(sorted[sorted.Length / 2])), unit, timing.Threads,
            Rounded(extremes.Min()), Rounded(extremes.Max()), seconds.Length, Configuration)
        {
            Work = work,
        };
    }

    /// <summary>How many times as fast as a peer's value is ours.</summary>
    public double Ratio(double ours, double theirs) => IsTime ? theirs / ours : ours / theirs;

    /// <summary>Which part of the limit that bounds it a value of this figure reaches; null where no limit is known.</summary>
    public double? Share(double value, MachineLimits limits) =>
        Work is null ? null : (IsTime ? Work.Amount / (value * 1e-6) : Work.Amount * value) / 1e9 / limits.Of(Work.Limit);

    /// <summary>GFLOP/s of a call of so many float operations.</summary>
    public static Measurement OfOperations(string workload, Timing timing, double[] seconds, double operations) =>
        Of(workload, "rate", "GFLOP/s", timing, seconds, s => operations / s / 1e9, Work.OfOperations(1e9));

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
