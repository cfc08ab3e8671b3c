namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>The definitions of layers for images in a network's payload (layout: NetworkPayload.cs).</summary>
internal static class NetworkPayloadImage
{
    private const byte Convolution = 9, MaxPool = 10, AveragePool = 11, GlobalAveragePool = 12, Flatten = 13;

    public static void Write(LayerDefinition definition, PayloadWriter writer)
    {
        writer.Write(definition switch
        {
            Conv2DDefinition => Convolution,
            MaxPool2DDefinition => MaxPool,
            AveragePool2DDefinition => AveragePool,
            GlobalAveragePoolDefinition => GlobalAveragePool,
            FlattenDefinition => Flatten,
            _ => throw new NotSupportedException($"A layer of type {definition.GetType().Name} cannot be saved."),
        });
        if (definition is Conv2DDefinition convolution)
            WriteConvolution(convolution, writer);
        else if (definition is Pool2DDefinition pool)
            WritePool(pool, writer);
    }

    /// <summary>The definition after its kind, or null if the kind is not one of these.</summary>
    public static LayerDefinition? Read(byte kind, PayloadReader reader) => kind switch
    {
        Convolution => ReadConvolution(reader),
        MaxPool => ReadPool(new MaxPool2DDefinition(reader.ReadInt32()), reader),
        AveragePool => ReadPool(new AveragePool2DDefinition(reader.ReadInt32()), reader),
        GlobalAveragePool => new GlobalAveragePoolDefinition(),
        Flatten => new FlattenDefinition(),
        _ => null,
    };

    private static void WriteConvolution(Conv2DDefinition definition, PayloadWriter writer)
    {
        writer.Write(definition.Filters);
        writer.Write(definition.UseBias != false);
        NetworkPayloadInitializer.Write(definition.Initializer, writer);
        writer.Write(definition.KernelHeight);
        writer.Write(definition.KernelWidth);
        writer.Write(definition.Stride);
        writer.Write(definition.Padding);
    }

    private static Conv2DDefinition ReadConvolution(PayloadReader reader) => new(reader.ReadInt32())
    {
        UseBias = reader.ReadBoolean(),
        Initializer = NetworkPayloadInitializer.Read(reader),
        KernelHeight = reader.ReadInt32(),
        KernelWidth = reader.ReadInt32(),
        Stride = reader.ReadInt32(),
        Padding = reader.ReadInt32(),
    };

    private static void WritePool(Pool2DDefinition definition, PayloadWriter writer)
    {
        writer.Write(definition.Size);
        writer.Write(definition.Stride ?? 0);
        writer.Write(definition.Padding);
    }

    private static Pool2DDefinition ReadPool(Pool2DDefinition definition, PayloadReader reader) => definition with
    {
        Stride = reader.ReadInt32() is not 0 and var stride ? stride : null,
        Padding = reader.ReadInt32(),
    };
}
