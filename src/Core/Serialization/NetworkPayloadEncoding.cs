namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// The part of <see cref="NetworkPayload"/> for encodings of features, whose measured numbers are part of the definition.
/// </summary>
internal static class NetworkPayloadEncoding
{
    public static void Write(FeatureEncodingDefinition encoding, PayloadWriter writer)
    {
        var scales = encoding.Scales ?? throw new NotSupportedException("An encoding that was not measured cannot be saved.");
        writer.Write(encoding.Bins);
        writer.Write(scales.Mean);
        writer.Write(scales.Factor);
        foreach (var edges in scales.Edges)
            writer.Write(edges);
        writer.Write(scales.BinMeans);
    }

    public static FeatureEncodingDefinition Read(PayloadReader reader)
    {
        var bins = reader.ReadInt32();
        var mean = ReadArray(reader);
        var factor = ReadArray(reader);
        if (factor.Length != mean.Length || !AreFinite(mean) || !AreFinite(factor))
            throw reader.Invalid($"its encoding has {mean.Length} means and {factor.Length} factors, or one is not finite.");
        var edges = new float[mean.Length][];
        foreach (ref var one in edges.AsSpan())
        {
            one = ReadArray(reader);
            if (one.Length > bins + 1 || !AreFinite(one) || !Rise(one))
                throw reader.Invalid($"the edges of an encoding of {bins} bins do not rise, or there are too many.");
        }

        var binMeans = ReadArray(reader);
        return binMeans.Length == edges.Sum(one => Math.Max(0, one.Length - 1)) && AreFinite(binMeans)
            ? new FeatureEncodingDefinition { Bins = bins, Scales = new FeatureScales(mean, factor, edges, binMeans) }
            : throw reader.Invalid($"its encoding has {binMeans.Length} means of bins, another number of bins, or one is not finite.");
    }

    private static float[] ReadArray(PayloadReader reader)
    {
        var count = reader.ReadCount(sizeof(float));
        float[] values = count == 0 ? [] : new float[count];
        foreach (ref var value in values.AsSpan())
            value = reader.ReadSingle();
        return values;
    }

    private static bool AreFinite(float[] values) => NetworkPayloadNumbers.FirstNotFinite(values) is null;

    private static bool Rise(float[] values)
    {
        for (var i = 1; i < values.Length; i++)
            if (values[i - 1] >= values[i])
                return false;
        return true;
    }
}
