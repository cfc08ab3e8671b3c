using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Files of networks as an attacker writes them: whole, rightly checksummed, and small.</summary>
internal static class CraftedNetwork
{
    /// <summary>A network of so many layers, whose definitions and then numbers are as written.</summary>
    public static byte[] Of(int height, int width, int channels, int layers, Action<PayloadWriter> write)
    {
        var writer = new PayloadWriter(NetworkPayload.Kind);
        writer.Write(height);
        writer.Write(width);
        writer.Write(channels);
        writer.Write(layers);
        write(writer);
        return Saved.Written(writer.WriteTo);
    }

    /// <summary>
    /// A normalization that learns nothing, so that it has no numbers: 6 group norm of 1 group, 7 layer norm, 8 instance norm.
    /// </summary>
    public static void NormWithoutNumbers(PayloadWriter writer, byte kind)
    {
        writer.Write(kind);
        writer.Write(1e-5f);
        writer.Write(false);
        writer.Write(false);
        writer.Write(1f);
        if (kind == 6)
            writer.Write(1);
    }

    public static void MaxPool(PayloadWriter writer, int size, int stride, int padding)
    {
        writer.Write((byte)10);
        writer.Write(size);
        writer.Write(stride);
        writer.Write(padding);
    }

    /// <summary>Windows of three pixels of a column, with a stride of one.</summary>
    public static void MaxPoolOfThreeRows(PayloadWriter writer)
    {
        writer.Write((byte)24);
        writer.Write(3);
        writer.Write(1);
        Twice(writer, 1);
        Twice(writer, 0);
        Twice(writer, 0);
        Twice(writer, 1);
        writer.Write(false);
    }

    /// <summary>A convolution of one filter without bias.</summary>
    public static void Convolution(PayloadWriter writer, int kernel, int padding, int dilation)
    {
        writer.Write((byte)23);
        writer.Write(1);
        writer.Write(false);
        writer.Write((byte)1);
        writer.Write(kernel);
        writer.Write(kernel);
        Twice(writer, 1);
        Twice(writer, padding);
        Twice(writer, padding);
        Twice(writer, dilation);
        writer.Write(1);
    }

    /// <summary>Residual blocks in residual blocks: each has two of the next depth, one inside and one as its shortcut.</summary>
    public static void TreeOfShortcuts(PayloadWriter writer, int depth)
    {
        if (depth == 0)
        {
            Flatten(writer);
            return;
        }

        writer.Write((byte)17);
        writer.Write((byte)1);
        writer.Write(1);
        TreeOfShortcuts(writer, depth - 1);
        writer.Write(1);
        TreeOfShortcuts(writer, depth - 1);
    }

    /// <summary>A concat block around a flatten, which gives twice what it gets.</summary>
    public static void Doubling(PayloadWriter writer)
    {
        writer.Write((byte)19);
        writer.Write(1);
        Flatten(writer);
    }

    public static void Flatten(PayloadWriter writer) => writer.Write((byte)13);

    private static void Twice(PayloadWriter writer, int value)
    {
        writer.Write(value);
        writer.Write(value);
    }
}
