using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// Saves and loads the weights of a first dense layer without the rows that are all 0: those of columns that training never saw.
/// </summary>
internal static class NetworkPayloadRows
{
    /// <summary>The kind of such a layer.</summary>
    public const byte Kind = 20;

    // As many as ModelLimits.ImpliedParameters allows by default. Larger layers are saved whole.
    private const long MostWeights = 1L << 26;

    /// <summary>Whether the network starts with a dense layer that takes less room this way.</summary>
    public static bool Pays(Network network) =>
        network.Layers[0] is DenseLayer { SavedParameters: [var weight, ..] } && weight.Length <= MostWeights
        && PresentRows(weight) is var rows && rows.Count + 1L + ((long)rows.Count * weight.RowLength) < weight.Length;

    public static void Write(Parameter weight, PayloadWriter writer)
    {
        var rows = PresentRows(weight);
        writer.Write(rows.Count);
        foreach (var row in rows)
            writer.Write(row);
        var values = new float[rows.Count * weight.RowLength];
        for (var i = 0; i < rows.Count; i++)
            RowOf(weight, rows[i]).CopyTo(values.AsSpan(i * weight.RowLength));
        writer.Write(values);
    }

    public static void Read(Parameter weight, PayloadReader reader)
    {
        var rows = new int[reader.ReadCount(sizeof(int))];
        var last = -1;
        foreach (ref var row in rows.AsSpan())
        {
            row = reader.ReadInt32();
            if (row <= last || row >= weight.Dimensions[0])
                throw reader.Invalid($"its first layer has weights of column {row} of {weight.Dimensions[0]}, after those of {last}.");
            last = row;
        }

        var values = reader.ReadSingles(rows.Length * weight.RowLength);
        weight.Value.Clear();
        for (var i = 0; i < rows.Length; i++)
            values.AsSpan(i * weight.RowLength, weight.RowLength).CopyTo(RowOf(weight, rows[i]));
    }

    private static List<int> PresentRows(Parameter weight) =>
        [.. Enumerable.Range(0, weight.Dimensions[0]).Where(row => RowOf(weight, row).ContainsAnyExcept(0f))];

    private static Span<float> RowOf(Parameter weight, int row) => weight.Value.Slice(row * weight.RowLength, weight.RowLength);
}
