namespace MLNet.BatchNorm.Core.Networks;

/// <summary>Gives a trained network other outputs, in another order or more of them, without losing what it knows of the old.</summary>
internal static class OutputClasses
{
    /// <summary>New: the output of a class that the network has not learned.</summary>
    public const int Unknown = -1;

    /// <summary>A copy of a network that ends with a dense layer, with these outputs.</summary>
    /// <param name="trained">Stays as it is.</param>
    /// <param name="sources">
    /// For every output of the copy the output of <paramref name="trained"/> that it goes on from, or <see cref="Unknown"/>: it starts as
    /// the initializer of the last layer says.
    /// </param>
    /// <param name="seed">Decides how new outputs start.</param>
    public static Network Of(Network trained, ReadOnlySpan<int> sources, int seed)
    {
        var last = (DenseDefinition)trained.Definition.Layers[^1] with { Units = sources.Length };
        var network = new Network(new NetworkDefinition([.. trained.Definition.Layers.SkipLast(1), last]), trained.InputShape, seed);
        foreach (var (to, from) in network.Layers.Zip(trained.Layers).SkipLast(1))
            to.CopyFrom(from);
        foreach (var (to, from) in network.Layers[^1].Parameters.Zip(trained.Layers[^1].Parameters))
            CopyColumns(from.Value, trained.OutputShape.Size, to.Value, sources);
        return network;
    }

    // Weights are inputs x outputs; a bias is one row of it.
    private static void CopyColumns(ReadOnlySpan<float> from, int columns, Span<float> to, ReadOnlySpan<int> sources)
    {
        for (var i = 0; i < to.Length; i++)
        {
            var (row, column) = Math.DivRem(i, sources.Length);
            if (sources[column] is var source and not Unknown)
                to[i] = from[row * columns + source];
        }
    }
}
