namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>How weights start, in a network's payload (layout: NetworkPayload.cs).</summary>
internal static class NetworkPayloadInitializer
{
    public static void Write(Initializer? initializer, PayloadWriter writer)
    {
        switch (initializer)
        {
            case HeInitializer:
                writer.Write((byte)1);
                break;
            case GlorotInitializer:
                writer.Write((byte)2);
                break;
            case PyTorchInitializer:
                writer.Write((byte)3);
                break;
            case NormalInitializer normal:
                writer.Write((byte)4);
                writer.Write(normal.Std);
                break;
            default:
                throw new NotSupportedException($"An initializer of type {initializer?.GetType().Name} cannot be saved.");
        }
    }

    public static Initializer Read(PayloadReader reader) => reader.ReadByte() switch
    {
        1 => Initializer.He,
        2 => Initializer.Glorot,
        3 => Initializer.PyTorch,
        4 => Initializer.Normal(reader.ReadSingle()),
        var other => throw reader.Invalid($"it has an initializer of unknown kind {other}."),
    };
}
