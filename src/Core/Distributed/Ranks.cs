using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm;

/// <summary>
/// The workers that train one network together, each on rows of its own, as one of them sees it: <see cref="ThreadRanks"/> are threads of
/// one process. Given to the option <c>Ranks</c> of the trainers. A worker calls from one thread at a time.
/// </summary>
/// <remarks>
/// All ranks make the same calls in the same order. Whatever they sum up is added in the order of the ranks, so that the result is the same
/// to the last bit wherever the ranks run.
/// </remarks>
/// <example>
/// <code>
/// IDataView[] parts = [ml.Data.TakeRows(data, 60), ml.Data.SkipRows(data, 60)];
/// ThreadRanks.Run(parts.Length, (Ranks ranks) =>
/// {
///     var ml = new MLContext(seed: 1);                   // one for each rank
///     var options = new NeuralNetworkOptions { Ranks = ranks, BatchSize = 32, Epochs = 5 };
///     var model = ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(parts[ranks.Rank]);
///     if (ranks.Rank == 0)                               // all have the same model
///         ml.Model.Save(model, data.Schema, new MemoryStream());
/// });
/// </code>
/// </example>
public abstract class Ranks
{
    private double[] doubles = [];
    private float[] floats = [];

    internal Ranks()
    {
    }

    /// <summary>The number of this one, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many there are; at least 1.</summary>
    public abstract int Count { get; }

    /// <summary>Gives all ranks what each has, in the order of the ranks.</summary>
    /// <param name="mine">As long on every rank.</param>
    /// <param name="all"><see cref="Count"/> times as long.</param>
    internal abstract void Gather(ReadOnlySpan<byte> mine, Span<byte> all);

    /// <summary>Gives each rank its piece of what every rank has, in the order of the ranks.</summary>
    /// <param name="pieces">A piece for each rank, all of the same length.</param>
    /// <param name="received">As long; the piece of rank r is the one that rank r had for this rank.</param>
    internal abstract void Exchange(ReadOnlySpan<byte> pieces, Span<byte> received);

    /// <summary>What every rank has, in the order of the ranks. It holds until the next call.</summary>
    /// <param name="mine">As long on every rank.</param>
    internal ReadOnlySpan<double> Gather(ReadOnlySpan<double> mine)
    {
        var all = AtLeast(ref doubles, Count * mine.Length);
        Gather(MemoryMarshal.AsBytes(mine), MemoryMarshal.AsBytes(all));
        return all;
    }

    /// <summary>
    /// Replaces the values by their sums over all ranks, added in the order of the ranks. Each rank adds a part of them, so that every one
    /// sends and receives about twice its values, however many ranks there are.
    /// </summary>
    /// <param name="values">A multiple of <see cref="Count"/>, as many on every rank.</param>
    internal void Sum(Span<float> values)
    {
        if (values.Length % Count != 0)
            throw new ArgumentException($"A multiple of {Count} values was expected, got {values.Length}.", nameof(values));
        var received = AtLeast(ref floats, values.Length);
        Exchange(MemoryMarshal.AsBytes(values), MemoryMarshal.AsBytes(received));
        var length = values.Length / Count;
        var sum = received[..length];
        for (var rank = 1; rank < Count; rank++)
            TensorPrimitives.Add(sum, received.Slice(rank * length, length), sum);
        Gather(MemoryMarshal.AsBytes(sum), MemoryMarshal.AsBytes(values));
    }

    /// <summary>The same of doubles, few enough for every rank to have them all; any number of them.</summary>
    internal void Sum(Span<double> values)
    {
        var all = Gather(values);
        all[..values.Length].CopyTo(values);
        for (var rank = 1; rank < Count; rank++)
            TensorPrimitives.Add(values, all.Slice(rank * values.Length, values.Length), values);
    }

    private static Span<T> AtLeast<T>(ref T[] workspace, int length)
    {
        if (workspace.Length < length)
            workspace = new T[length];
        return workspace.AsSpan(0, length);
    }
}
