using System.Runtime.InteropServices;
using System.Text;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Distributed;

/// <summary>What the ranks of a training find out together. Where there are none (null) the answer is one's own: nothing is sent.</summary>
internal static class Agreement
{
    /// <summary>Whether this is rank 0, which alone writes and reports, or one alone.</summary>
    public static bool IsFirst(this Ranks? ranks) => ranks is null or { Rank: 0 };

    /// <summary>A number of every rank, in the order of the ranks.</summary>
    public static int[] All(this Ranks? ranks, int mine) =>
        ranks is null ? [mine] : [.. ranks.Gather([(double)mine]).ToArray().Select(number => (int)number)];

    /// <summary>How many rows of a batch each rank has.</summary>
    /// <exception cref="ArgumentException">The batch cannot be shared evenly, at least two rows for each.</exception>
    public static int RowsPerRank(int batchSize, Ranks? ranks)
    {
        var count = ranks?.Count ?? 1;
        return batchSize % count == 0 && batchSize >= 2 * count
            ? batchSize / count
            : throw new ArgumentException(
                $"BatchSize is {batchSize}, of all {count} ranks together. It must be a multiple of {count}, at least {2 * count}.");
    }

    /// <summary>Whether it holds on any rank.</summary>
    public static bool Any(this Ranks? ranks, bool mine) => ranks is null ? mine : ranks.Gather([mine ? 1.0 : 0]).Contains(1);

    /// <summary>Replaces numbers by their sums over all ranks.</summary>
    public static void Total(this Ranks? ranks, Span<double> values) => ranks?.Sum(values);

    /// <summary>The moments of the values of all ranks, merged in the order of the ranks.</summary>
    public static ChannelMoments Merged(this Ranks? ranks, ChannelMoments mine)
    {
        if (ranks is null)
            return mine;
        var channels = mine.Channels;
        var own = new double[4 * channels];
        for (var c = 0; c < channels; c++)
            (own[4 * c], own[4 * c + 1], own[4 * c + 2], own[4 * c + 3]) =
                (mine.Count(c), mine.Weight(c), mine.Count(c) == 0 ? 0 : mine.Mean(c), mine.SquaredDeviations(c));
        var all = ranks.Gather(own);
        var merged = new ChannelMoments(channels);
        for (; !all.IsEmpty; all = all[own.Length..])
            for (var c = 0; c < channels; c++)
                merged.Merge(c, (long)all[4 * c], all[4 * c + 1], all[4 * c + 2], all[4 * c + 3]);
        return merged;
    }

    /// <summary>What every rank has, in the order of the ranks; not as long on every rank.</summary>
    public static T[][] AllOf<T>(this Ranks? ranks, ReadOnlySpan<T> mine) where T : unmanaged
    {
        if (ranks is null)
            return [mine.ToArray()];
        var lengths = ranks.All(mine.Length);
        var longest = lengths.Max();
        var (padded, all) = (new T[longest], new T[ranks.Count * longest]);
        mine.CopyTo(padded);
        ranks.Gather(MemoryMarshal.AsBytes(padded.AsSpan()), MemoryMarshal.AsBytes(all.AsSpan()));
        return [.. lengths.Select((length, rank) => all.AsSpan(rank * longest, length).ToArray())];
    }

    /// <summary>The text of every rank, in the order of the ranks.</summary>
    public static IEnumerable<string> AllOf(this Ranks? ranks, string mine) =>
        ranks.AllOf<byte>(Encoding.UTF8.GetBytes(mine)).Select(Encoding.UTF8.GetString);

    /// <summary>Refuses on every rank, with the same sentence, what is not the same on all of them.</summary>
    /// <exception cref="InvalidOperationException">It is not; the message names the first difference and both values.</exception>
    public static void RequireSame(this Ranks? ranks, IEnumerable<OptionValue> mine)
    {
        if (ranks is null)
            return;
        OptionValue[][] all = [.. ranks.AllOf<byte>(BytesOf(mine)).Select(OptionsOf)];
        for (var rank = 1; rank < all.Length; rank++)
            if (Difference(all[0], all[rank]) is var (name, first, other))
                throw new InvalidOperationException(
                    $"The ranks do not train the same network: {name} is {first} on rank 0 and {other} on rank {rank}. Give all ranks the "
                    + "same options, columns and network; only the rows are their own.");
    }

    private static (string Name, string First, string Other)? Difference(OptionValue[] first, OptionValue[] other) =>
        OptionValue.FirstDifference(first, other) is var (ofFirst, now) ? (ofFirst.Name, ofFirst.Value, now)
        : OptionValue.FirstDifference(other, first) is var (ofOther, before) ? (ofOther.Name, before, ofOther.Value)
        : null;

    private static byte[] BytesOf(IEnumerable<OptionValue> options)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var (name, value) in options)
        {
            writer.Write(name);
            writer.Write(value);
        }

        return stream.ToArray();
    }

    private static OptionValue[] OptionsOf(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var options = new List<OptionValue>();
        while (reader.BaseStream.Position < bytes.Length)
            options.Add(new OptionValue(reader.ReadString(), reader.ReadString()));
        return [.. options];
    }
}
