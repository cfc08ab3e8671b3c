using System.Collections.Immutable;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>Factor and offset of each channel of a column.</summary>
internal sealed record GammaBeta(ImmutableArray<float> Gamma, ImmutableArray<float> Beta)
{
    /// <summary>What the options give: one value for each channel or one for all; else 1 and 0.</summary>
    /// <exception cref="ArgumentException">Another number of values is given.</exception>
    public static GammaBeta Of(BatchNormalizationOptions options, ChannelMap map, string column) => new(
        PerChannel(options.Gamma, 1, map, column, nameof(options.Gamma)), PerChannel(options.Beta, 0, map, column, nameof(options.Beta)));

    /// <summary>Others in place of these, one value for each channel or one for all; null: as they are.</summary>
    /// <exception cref="ArgumentException">Another number of values is given, or one that is not finite.</exception>
    public GammaBeta With(IReadOnlyList<float>? gamma, IReadOnlyList<float>? beta, ChannelMap map, string column) => new(
        gamma is null ? Gamma : PerChannel(gamma, 1, map, column, nameof(gamma)),
        beta is null ? Beta : PerChannel(beta, 0, map, column, nameof(beta)));

    public bool Equals(GammaBeta? other) => other is not null && Gamma.SequenceEqual(other.Gamma) && Beta.SequenceEqual(other.Beta);

    public override int GetHashCode() => HashCode.Combine(Gamma.Length, Beta.Length);

    private static ImmutableArray<float> PerChannel(
        IReadOnlyList<float>? given, float otherwise, ChannelMap map, string column, string name)
    {
        if (given is null)
            return [.. Enumerable.Repeat(otherwise, map.Channels)];
        if (!given.All(float.IsFinite))
            throw new ArgumentException($"{name} must be finite, not [{string.Join(", ", given)}].", name);
        if (given is [var forAll])
            return [.. Enumerable.Repeat(forAll, map.Channels)];
        if (given.Count == map.Channels)
            return [.. given];
        throw new ArgumentException(
            $"{name} has {given.Count} values, but column '{column}' has {map.Channels} channels. " +
            "Give one value per channel, or one for all.",
            name);
    }
}
