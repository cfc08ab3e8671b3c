using System.Buffers.Binary;
using System.IO.Compression;

namespace ImageClassification.Pictures;

/// <summary>Reads IDX files, plain or gzipped: the format of MNIST and Fashion-MNIST (http://yann.lecun.com/exdb/mnist).</summary>
internal static class IdxFile
{
    private const uint MagicOfImages = 0x0803;   // bytes in three dimensions
    private const uint MagicOfLabels = 0x0801;   // bytes in one
    private const int LargestSide = 4096;

    /// <summary>Gray pictures, row by row.</summary>
    /// <exception cref="UserError">The file is missing, of another kind, or not as long as it says.</exception>
    public static (int Width, int Height, byte[][] Pictures) ReadImages(string path)
    {
        var content = ReadAll(path);
        RequireMagic(path, content, MagicOfImages, headerLength: 16, "images");
        var (count, height, width) = (Number(content, 4), Number(content, 8), Number(content, 12));
        if (height is 0 or > LargestSide || width is 0 or > LargestSide)
            throw new UserError(
                $"The IDX file '{path}' says that its pictures have {width} x {height} pixels; 1 to {LargestSide} are read.");
        var size = (int)(height * width);
        RequireLength(path, content, 16 + count * size, $"{count} pictures of {width} x {height} bytes");
        return ((int)width, (int)height, [.. content.Skip(16).Chunk(size)]);
    }

    /// <summary>The class of each picture, a number from 0 to 255.</summary>
    /// <exception cref="UserError">The file is missing, of another kind, or not as long as it says.</exception>
    public static byte[] ReadLabels(string path)
    {
        var content = ReadAll(path);
        RequireMagic(path, content, MagicOfLabels, headerLength: 8, "labels");
        var count = Number(content, 4);
        RequireLength(path, content, 8 + count, $"{count} labels");
        return content[8..];
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var content = new MemoryStream();
            using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
            plain.CopyTo(content);
            return content.ToArray();
        }
        catch (InvalidDataException failure)
        {
            throw new UserError($"Cannot decompress the IDX file '{path}': download it again. The cause: {failure.Message}");
        }
    }

    private static void RequireMagic(string path, byte[] content, uint expected, int headerLength, string kind)
    {
        if (content.Length < headerLength)
            throw new UserError(
                $"The IDX file '{path}' ends within its head, after {content.Length} of {headerLength} bytes: download it again.");
        if (Number(content, 0) is var magic && magic != expected)
            throw new UserError($"'{path}' is no IDX file of {kind}: it begins with 0x{magic:X8}, not with 0x{expected:X8}.");
    }

    private static void RequireLength(string path, byte[] content, long expected, string what)
    {
        if (content.Length != expected)
            throw new UserError(
                $"The IDX file '{path}' should hold {what}, {expected} bytes in all, but has {content.Length}: download it again.");
    }

    private static long Number(byte[] content, int at) => BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(at));
}
