using System.Collections.Immutable;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Transforms;

/// <summary>What a <see cref="BatchNormalizationTransformer"/> learned about one column. Immutable.</summary>
public sealed class BatchNormalizationColumn
{
    /// <summary>Bytes that no column is saved in fewer of: two names, layout, sizes, epsilon, count and four arrays.</summary>
    internal const int SmallestPayload = 2 * 4 + 1 + 2 * 4 + 4 + 8 + 4 * 4;

    private readonly ChannelMap map;

    internal BatchNormalizationColumn(
        InputOutputColumnPair names, ChannelMap map, float epsilon, long count,
        ImmutableArray<double> mean, ImmutableArray<double> variance, ImmutableArray<float> gamma, ImmutableArray<float> beta)
    {
        InputColumnName = names.InputColumnName;
        OutputColumnName = names.OutputColumnName;
        this.map = map;
        Epsilon = epsilon;
        Count = count;
        Mean = mean;
        Variance = variance;
        Gamma = gamma;
        Beta = beta;

        // A channel that never varied says nothing about the scale of values not seen yet; 1 / sqrt(epsilon) = 316 would blow them up.
        var scale = new double[Channels];
        for (var c = 0; c < Channels; c++)
            scale[c] = variance[c] == 0 ? 0 : gamma[c] / Math.Sqrt(variance[c] + epsilon);
        Affine = new ColumnAffine(map, mean.AsSpan(), scale, [.. beta.Select(b => (double)b)]);
    }

    /// <summary>Name of the column that is normalized.</summary>
    public string InputColumnName { get; }

    /// <summary>Name of the column that the result goes to.</summary>
    public string OutputColumnName { get; }

    /// <summary>Which values of a row share their statistics.</summary>
    public ChannelLayout Layout => map.Layout;

    /// <summary>Number of channels: the length of <see cref="Mean"/>, <see cref="Variance"/>, <see cref="Gamma"/> and <see cref="Beta"/>.</summary>
    public int Channels => map.Channels;

    /// <summary>Values per row.</summary>
    public int Slots => map.Slots;

    /// <summary>Number of values behind each channel's statistics: rows, times the pixels of an image.</summary>
    public long Count { get; }

    /// <summary>Added to the variance before the square root.</summary>
    public float Epsilon { get; }

    /// <summary>Mean of each channel.</summary>
    public ImmutableArray<double> Mean { get; }

    /// <summary>Population variance of each channel: the mean squared deviation, divided by <see cref="Count"/> and not by one less.</summary>
    public ImmutableArray<double> Variance { get; }

    /// <summary>Factor of each channel; 1 unless given.</summary>
    public ImmutableArray<float> Gamma { get; }

    /// <summary>Offset of each channel; 0 unless given. Also the output of a channel that did not vary when it was fitted.</summary>
    public ImmutableArray<float> Beta { get; }

    internal ColumnAffine Affine { get; }

    /// <summary>The column's names and statistics, the first eight channels in full.</summary>
    public override string ToString()
    {
        const int shown = 8;
        var lines = Enumerable.Range(0, Math.Min(shown, Channels)).Select(c =>
            FormattableString.Invariant($"  channel {c}: mean {Mean[c]:g6}, variance {Variance[c]:g6}, gamma {Gamma[c]:g6}, beta {Beta[c]:g6}"));
        var head = $"{InputColumnName} -> {OutputColumnName}: {Channels} channels ({Layout}), {Count} values each, epsilon {Epsilon}";
        var more = Channels > shown ? new[] { $"  and {Channels - shown} more" } : [];
        return string.Join(Environment.NewLine, [head, .. lines, .. more]);
    }

    /// <summary>Checks that the data still has the column as it was fitted, and finds it.</summary>
    internal DataViewSchema.Column FindIn(DataViewSchema schema)
    {
        var column = ColumnTypes.Find(schema, "input", InputColumnName);
        var found = ChannelMap.Of(column, ChannelLayout.PerSlot, imageShape: null);
        return found.Slots == Slots
            ? column
            : throw ColumnTypes.Mismatch(nameof(schema), "input", InputColumnName, $"{Slots} values, as in the data it was fitted on", column.Type);
    }

    internal void Write(PayloadWriter payload)
    {
        payload.Write(InputColumnName);
        payload.Write(OutputColumnName);
        payload.Write((byte)Layout);
        payload.Write(Channels);
        payload.Write(Slots);
        payload.Write(Epsilon);
        payload.Write(Count);
        payload.Write(Mean.AsSpan());
        payload.Write(Variance.AsSpan());
        payload.Write(Gamma.AsSpan());
        payload.Write(Beta.AsSpan());
    }

    internal static BatchNormalizationColumn Read(PayloadReader payload)
    {
        var (input, output) = (payload.ReadString(), payload.ReadString());
        if (input.Length == 0 || output.Length == 0)
            throw payload.Invalid("a column has no name.");
        var map = new ChannelMap((ChannelLayout)payload.ReadByte(), payload.ReadInt32(), payload.ReadInt32());
        if (!Enum.IsDefined(map.Layout))
            throw payload.Invalid($"its channel layout {map.Layout} is unknown.");
        if (map.Channels < 1 || map.Slots < 1 || map.Slots % map.Channels != 0
            || map.Layout == ChannelLayout.PerSlot && map.Slots != map.Channels)
            throw payload.Invalid($"{map.Slots} values per row do not fall into {map.Channels} channels ({map.Layout}).");
        var epsilon = payload.ReadSingle();
        if (!(epsilon > 0))
            throw payload.Invalid($"its epsilon is {epsilon}, not positive.");
        var count = payload.ReadInt64();
        if (count < 1)
            throw payload.Invalid($"its statistics are of {count} values.");
        var (mean, variance) = (payload.ReadDoubles(map.Channels), payload.ReadDoubles(map.Channels));
        var (gamma, beta) = (payload.ReadSingles(map.Channels), payload.ReadSingles(map.Channels));
        var finite = mean.All(double.IsFinite) && variance.All(double.IsFinite) && gamma.All(float.IsFinite) && beta.All(float.IsFinite);
        if (!finite || variance.Any(value => value < 0))
            throw payload.Invalid("a statistic is NaN, infinite, or a negative variance.");
        return new BatchNormalizationColumn(
            new InputOutputColumnPair(output, input), map, epsilon, count, [.. mean], [.. variance], [.. gamma], [.. beta]);
    }
}
