// A column in the payload of the transformer (see Core's PayloadFormat.cs for how numbers and arrays lie):
//
//   string    input column, output column
//   byte      ChannelLayout
//   int32     channels, slots
//   float32   epsilon
//   int64     values per channel, missing ones included
//   double[]  mean, variance
//   float32[] gamma, beta
//   since version 2:
//   byte      VarianceEstimate, MissingValueHandling
//   boolean   fix zero, moving average, learned gamma and beta
//   double[]  weight of each channel
//   int64[]   missing values of each channel
//   string[]  channel names: one for each channel, or none
//   since version 3:
//   boolean   epsilon is relative to the variance; earlier it never was
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>Writes and reads a <see cref="BatchNormalizationColumn"/>.</summary>
internal static class ColumnPayload
{
    public const int Version = 3;

    /// <summary>
    /// Bytes that no column is saved in fewer of, in any version: two names, layout, sizes, epsilon, count and four arrays.
    /// </summary>
    public const int Smallest = 2 * 4 + 1 + 2 * 4 + 4 + 8 + 4 * 4;

    public static void Write(PayloadWriter payload, BatchNormalizationColumn column)
    {
        payload.Write(column.InputColumnName);
        payload.Write(column.OutputColumnName);
        payload.Write((byte)column.Layout);
        payload.Write(column.Channels);
        payload.Write(column.Slots);
        payload.Write(column.Epsilon);
        payload.Write(column.Count);
        payload.Write(column.Mean.AsSpan());
        payload.Write(column.Variance.AsSpan());
        payload.Write(column.Gamma.AsSpan());
        payload.Write(column.Beta.AsSpan());
        payload.Write((byte)column.VarianceEstimate);
        payload.Write((byte)column.MissingValues);
        payload.Write(column.FixZero);
        payload.Write(column.Rules.IsMovingAverage);
        payload.Write(column.Rules.IsGammaBetaLearned);
        payload.Write(column.Weight.AsSpan());
        payload.Write(column.MissingCount.Length);
        foreach (var missing in column.MissingCount)
            payload.Write(missing);
        payload.Write(column.ChannelNames.Length);
        foreach (var name in column.ChannelNames)
            payload.Write(name);
        payload.Write(column.IsEpsilonRelative);
    }

    public static BatchNormalizationColumn Read(PayloadReader payload)
    {
        var (input, output) = (payload.ReadString(), payload.ReadString());
        if (input.Length == 0 || output.Length == 0)
            throw payload.Invalid("a column has no name.");
        var map = ReadMap(payload);
        var rules = new NormalizationRules(payload.ReadSingle());
        if (!(rules.Epsilon > 0))
            throw payload.Invalid($"its epsilon is {rules.Epsilon}, not positive.");
        var count = payload.ReadInt64();
        if (count < 1)
            throw payload.Invalid($"its statistics are of {count} values.");
        var (mean, variance) = (payload.ReadDoubles(map.Channels), payload.ReadDoubles(map.Channels));
        var (gamma, beta) = (payload.ReadSingles(map.Channels), payload.ReadSingles(map.Channels));
        if (!mean.All(double.IsFinite) || !variance.All(IsNotNegative) || !gamma.All(float.IsFinite) || !beta.All(float.IsFinite))
            throw payload.Invalid("a statistic is NaN, infinite, or a negative variance.");

        var weight = new double[map.Channels];
        Array.Fill(weight, count);
        var missing = new long[map.Channels];
        ImmutableArray<string> channelNames = [];
        if (payload.Version >= 2)
        {
            rules = ReadRules(payload, rules.Epsilon);
            weight = payload.ReadDoubles(map.Channels);
            missing = ReadMissing(payload, map.Channels, count);
            if (!weight.All(IsNotNegative))
                throw payload.Invalid("a weight is NaN, infinite or negative.");
            channelNames = ReadNames(payload, map.Channels);
        }

        if (payload.Version >= 3)
            rules = rules with { IsEpsilonRelative = payload.ReadBoolean() };

        return new BatchNormalizationColumn(
            new InputOutputColumnPair(output, input), map, rules,
            new ColumnStatistics(count, Owned(mean), Owned(variance), Owned(weight), Owned(missing)),
            new GammaBeta(Owned(gamma), Owned(beta)),
            channelNames);
    }

    private static ChannelMap ReadMap(PayloadReader payload)
    {
        var map = new ChannelMap((ChannelLayout)payload.ReadByte(), payload.ReadInt32(), payload.ReadInt32());
        if (!Enum.IsDefined(map.Layout))
            throw payload.Invalid($"its channel layout {map.Layout} is unknown.");
        if (map.Channels < 1 || map.Slots < 1 || map.Slots % map.Channels != 0
            || map.Layout == ChannelLayout.PerSlot && map.Slots != map.Channels)
            throw payload.Invalid($"{map.Slots} values per row do not fall into {map.Channels} channels ({map.Layout}).");
        return map;
    }

    private static NormalizationRules ReadRules(PayloadReader payload, float epsilon)
    {
        var rules = new NormalizationRules(
            epsilon, (VarianceEstimate)payload.ReadByte(), (MissingValueHandling)payload.ReadByte(),
            payload.ReadBoolean(), payload.ReadBoolean(), payload.ReadBoolean());
        if (!Enum.IsDefined(rules.Variance))
            throw payload.Invalid($"its variance estimate {rules.Variance} is unknown.");
        if (!BatchNormalizationOptions.PossibleForMissingValues.Contains(rules.MissingValues))
            throw payload.Invalid($"its handling of missing values {rules.MissingValues} is unknown.");
        return rules;
    }

    private static long[] ReadMissing(PayloadReader payload, int channels, long count)
    {
        if (payload.ReadCount(sizeof(long)) is var length && length != channels)
            throw payload.Invalid($"{length} counts of missing values are given for {channels} channels.");
        var missing = new long[channels];
        foreach (ref var value in missing.AsSpan())
            value = payload.ReadInt64();
        return Array.TrueForAll(missing, value => value >= 0 && value <= count)
            ? missing
            : throw payload.Invalid($"a channel of {count} values claims to miss fewer than none of them, or more than all.");
    }

    private static ImmutableArray<string> ReadNames(PayloadReader payload, int channels)
    {
        var count = payload.ReadCount(sizeof(int));
        if (count != 0 && count != channels)
            throw payload.Invalid($"{count} names are given for {channels} channels.");
        var names = new string[count];
        foreach (ref var name in names.AsSpan())
            name = payload.ReadString();
        return [.. names];
    }

    // Nobody else has the array.
    private static ImmutableArray<T> Owned<T>(T[] values) => ImmutableCollectionsMarshal.AsImmutableArray(values);

    private static bool IsNotNegative(double value) => value >= 0 && double.IsFinite(value);
}
