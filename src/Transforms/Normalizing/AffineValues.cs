using System.Collections.Immutable;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>Gamma or beta as the options give them, laid out per channel.</summary>
internal static class AffineValues
{
    /// <summary>
    /// One value for each channel of <paramref name="map"/>: those given, the one given for all, or <paramref name="otherwise"/>.
    /// </summary>
    /// <exception cref="ArgumentException">Another number of values is given, or one that is not finite.</exception>
    public static ImmutableArray<float> PerChannel(
        IReadOnlyList<float>? given, float otherwise, ChannelMap map, string column, string option)
    {
        if (given is null)
            return [.. Enumerable.Repeat(otherwise, map.Channels)];
        if (!given.All(float.IsFinite))
            throw new ArgumentException($"{option} must be finite, not [{string.Join(", ", given)}].", option);
        if (given is [var forAll])
            return [.. Enumerable.Repeat(forAll, map.Channels)];
        if (given.Count == map.Channels)
            return [.. given];
        throw new ArgumentException(
            $"{option} has {given.Count} values, but column '{column}' has {map.Channels} channels. " +
            "Give one value per channel, or one for all.",
            option);
    }
}
