namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// The definitions of layers for images in a network's payload (layout: NetworkPayload.cs). Those that the first kinds can say are written
/// as such, so that earlier versions read them.
/// </summary>
internal static class NetworkPayloadImage
{
    private const byte SquareConvolution = 9, SquareMaxPool = 10, SquareAveragePool = 11, GlobalAveragePool = 12, Flatten = 13;
    private const byte Convolution = 23, MaxPool = 24, AveragePool = 25, GlobalMaxPool = 26;

    public static void Write(LayerDefinition definition, PayloadWriter writer)
    {
        switch (definition)
        {
            case Conv2DDefinition convolution:
                WriteConvolution(convolution, writer);
                break;
            case Pool2DDefinition pool:
                WritePool(pool, writer);
                break;
            case GlobalAveragePoolDefinition:
                writer.Write(GlobalAveragePool);
                break;
            case GlobalMaxPoolDefinition:
                writer.Write(GlobalMaxPool);
                break;
            case FlattenDefinition:
                writer.Write(Flatten);
                break;
            default:
                throw new NotSupportedException($"A layer of type {definition.GetType().Name} cannot be saved.");
        }
    }

    /// <summary>The definition after its kind, or null if the kind is not one of these.</summary>
    public static LayerDefinition? Read(byte kind, PayloadReader reader) => kind switch
    {
        SquareConvolution => ReadSquareConvolution(reader),
        SquareMaxPool => ReadSquarePool(new MaxPool2DDefinition(reader.ReadInt32()), reader),
        SquareAveragePool => ReadSquarePool(new AveragePool2DDefinition(reader.ReadInt32()), reader),
        GlobalAveragePool => new GlobalAveragePoolDefinition(),
        Flatten => new FlattenDefinition(),
        Convolution => ReadConvolution(reader),
        MaxPool => ReadPool(new MaxPool2DDefinition(ReadSize(reader)), reader),
        AveragePool => (AveragePool2DDefinition)ReadPool(new AveragePool2DDefinition(ReadSize(reader)), reader) with
        {
            CountIncludePad = reader.ReadBoolean(),
        },
        GlobalMaxPool => new GlobalMaxPoolDefinition(),
        _ => null,
    };

    private static void WriteConvolution(Conv2DDefinition definition, PayloadWriter writer)
    {
        var isSquare = IsSquare(definition.Stride) && definition.Padding.IsUniform && definition.Dilation == 1 && definition.Groups == 1;
        writer.Write(isSquare ? SquareConvolution : Convolution);
        writer.Write(definition.Filters);
        writer.Write(definition.UseBias != false);
        NetworkPayloadInitializer.Write(definition.Initializer, writer);
        writer.Write(definition.KernelHeight);
        writer.Write(definition.KernelWidth);
        if (isSquare)
        {
            writer.Write(definition.Stride.Height);
            writer.Write(definition.Padding.Top);
            return;
        }

        Write(definition.Stride, writer);
        Write(definition.Padding, writer);
        Write(definition.Dilation, writer);
        writer.Write(definition.Groups);
    }

    private static Conv2DDefinition ReadSquareConvolution(PayloadReader reader) => ReadFilters(reader) with
    {
        Stride = reader.ReadInt32(),
        Padding = reader.ReadInt32(),
    };

    private static Conv2DDefinition ReadConvolution(PayloadReader reader) => ReadFilters(reader) with
    {
        Stride = ReadSize(reader),
        Padding = ReadPadding(reader),
        Dilation = ReadSize(reader),
        Groups = reader.ReadInt32(),
    };

    private static Conv2DDefinition ReadFilters(PayloadReader reader) => new(reader.ReadInt32())
    {
        UseBias = reader.ReadBoolean(),
        Initializer = NetworkPayloadInitializer.Read(reader),
        KernelHeight = reader.ReadInt32(),
        KernelWidth = reader.ReadInt32(),
    };

    private static void WritePool(Pool2DDefinition definition, PayloadWriter writer)
    {
        var (stride, average) = (definition.Stride ?? default(Size2D), definition as AveragePool2DDefinition);
        var isSquare = IsSquare(definition.Size) && IsSquare(stride) && definition.Padding.IsUniform && definition.Dilation == 1
            && !definition.CeilMode && average is not { CountIncludePad: true };
        if (isSquare)
        {
            writer.Write(average is null ? SquareMaxPool : SquareAveragePool);
            writer.Write(definition.Size.Height);
            writer.Write(stride.Height);
            writer.Write(definition.Padding.Top);
            return;
        }

        writer.Write(average is null ? MaxPool : AveragePool);
        Write(definition.Size, writer);
        Write(stride, writer);
        Write(definition.Padding, writer);
        Write(definition.Dilation, writer);
        writer.Write(definition.CeilMode);
        if (average is not null)
            writer.Write(average.CountIncludePad);
    }

    private static Pool2DDefinition ReadSquarePool(Pool2DDefinition definition, PayloadReader reader) => definition with
    {
        Stride = reader.ReadInt32() is not 0 and var stride ? stride : null,
        Padding = reader.ReadInt32(),
    };

    private static Pool2DDefinition ReadPool(Pool2DDefinition definition, PayloadReader reader)
    {
        var stride = ReadSize(reader);
        return definition with
        {
            Stride = stride == default ? null : stride,
            Padding = ReadPadding(reader),
            Dilation = ReadSize(reader),
            CeilMode = reader.ReadBoolean(),
        };
    }

    private static bool IsSquare(Size2D size) => size.Height == size.Width;

    private static void Write(Size2D size, PayloadWriter writer)
    {
        writer.Write(size.Height);
        writer.Write(size.Width);
    }

    private static Size2D ReadSize(PayloadReader reader) => new(reader.ReadInt32(), reader.ReadInt32());

    private static void Write(Padding2D padding, PayloadWriter writer)
    {
        writer.Write(padding.Top);
        writer.Write(padding.Left);
        writer.Write(padding.Bottom);
        writer.Write(padding.Right);
    }

    private static Padding2D ReadPadding(PayloadReader reader) =>
        new(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
}
