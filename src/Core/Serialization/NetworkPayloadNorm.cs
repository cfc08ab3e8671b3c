namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>The definitions of normalizations in a network's payload (layout: NetworkPayload.cs).</summary>
internal static class NetworkPayloadNorm
{
    private const byte FirstBatchNorm = 2, BatchNorm = 5, GroupNorm = 6, LayerNorm = 7, InstanceNorm = 8;

    public static void Write(NormDefinition definition, PayloadWriter writer)
    {
        writer.Write(definition switch
        {
            BatchNormDefinition => BatchNorm,
            GroupNormDefinition => GroupNorm,
            LayerNormDefinition => LayerNorm,
            InstanceNormDefinition => InstanceNorm,
            _ => throw new NotSupportedException($"A layer of type {definition.GetType().Name} cannot be saved."),
        });
        writer.Write(definition.Epsilon);
        writer.Write(definition.Center);
        writer.Write(definition.Scale);
        writer.Write(definition.InitialGamma);
        if (definition is BatchNormDefinition batchNorm)
            WriteBatchNorm(batchNorm, writer);
        else if (definition is GroupNormDefinition groupNorm)
            writer.Write(groupNorm.Groups);
    }

    /// <summary>The definition after its kind, or null if the kind is not a normalization.</summary>
    public static NormDefinition? Read(byte kind, PayloadReader reader)
    {
        switch (kind)
        {
            case FirstBatchNorm:
                return ReadFirstBatchNorm(reader);
            case < BatchNorm or > InstanceNorm:
                return null;
        }

        var (epsilon, center, scale, initialGamma) = (reader.ReadSingle(), reader.ReadBoolean(), reader.ReadBoolean(), reader.ReadSingle());
        NormDefinition definition = kind switch
        {
            BatchNorm => ReadBatchNorm(reader),
            GroupNorm => new GroupNormDefinition(reader.ReadInt32()),
            LayerNorm => new LayerNormDefinition(),
            _ => new InstanceNormDefinition(),
        };
        return definition with { Epsilon = epsilon, Center = center, Scale = scale, InitialGamma = initialGamma };
    }

    private static BatchNormDefinition ReadFirstBatchNorm(PayloadReader reader) => new()
    {
        Epsilon = reader.ReadSingle(),
        Momentum = ReadMomentum(reader),
        Center = reader.ReadBoolean(),
        Scale = reader.ReadBoolean(),
    };

    private static void WriteBatchNorm(BatchNormDefinition definition, PayloadWriter writer)
    {
        writer.Write(definition.Momentum.HasValue);
        if (definition.Momentum is { } momentum)
            writer.Write(momentum);
        writer.Write((byte)definition.Freeze);
        writer.Write(definition.VirtualBatchSize ?? 0);
        writer.Write(definition.WeightedStatistics);
        writer.Write(definition.Renormalization is not null);
        if (definition.Renormalization is not { } renormalization)
            return;
        writer.Write(renormalization.RMax);
        writer.Write(renormalization.DMax);
        writer.Write(renormalization.WarmupBatches);
        writer.Write(renormalization.RMaxReachedAfter);
        writer.Write(renormalization.DMaxReachedAfter);
    }

    private static BatchNormDefinition ReadBatchNorm(PayloadReader reader) => new()
    {
        Momentum = ReadMomentum(reader),
        Freeze = (BatchNormFreeze)reader.ReadByte(),
        VirtualBatchSize = reader.ReadInt32() is not 0 and var size ? size : null,
        WeightedStatistics = reader.ReadBoolean(),
        Renormalization = reader.ReadBoolean() ? ReadRenormalization(reader) : null,
    };

    private static BatchRenormalization ReadRenormalization(PayloadReader reader) => new()
    {
        RMax = reader.ReadSingle(),
        DMax = reader.ReadSingle(),
        WarmupBatches = reader.ReadInt32(),
        RMaxReachedAfter = reader.ReadInt32(),
        DMaxReachedAfter = reader.ReadInt32(),
    };

    private static float? ReadMomentum(PayloadReader reader) => reader.ReadBoolean() ? reader.ReadSingle() : null;
}
