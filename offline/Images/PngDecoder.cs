// Stands for the picture decoder that ML.NET takes from SkiaSharp. Left out: every format but PNG, bit depths other than 8, interlacing, colour profiles.

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Decodes PNG (ISO/IEC 15948) into blue, green, red, alpha bytes. InvalidDataException or EndOfStreamException for anything else.</summary>
internal static class PngDecoder
{
    private const int LargestSide = 1 << 15;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private enum ColorType : byte
    {
        Gray = 0,
        Rgb = 2,
        Palette = 3,
        GrayAlpha = 4,
        Rgba = 6,
    }

    public static (int Width, int Height, byte[] Bgra) Decode(Stream stream)
    {
        var start = new byte[Signature.Length];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !Signature.SequenceEqual(start))
            throw new InvalidDataException("It is not a PNG.");

        Header header = default;
        byte[] palette = [], transparency = [];
        var compressed = new MemoryStream();
        for (var type = ""; type != "IEND";)
        {
            (type, var data) = ReadChunk(stream);
            if (type == "IHDR")
                header = Header.Parse(data);
            else if (header.Width == 0)
                throw new InvalidDataException("Its first chunk is not a header.");
            else if (type == "PLTE")
                palette = data;
            else if (type == "tRNS")
                transparency = data;
            else if (type == "IDAT")
                compressed.Write(data);
            else if (char.IsUpper(type[0]) && type != "IEND")
                throw new InvalidDataException($"It has a chunk '{type}', which is not known.");
        }

        compressed.Position = 0;
        var rows = Unfilter(compressed, header);
        return (header.Width, header.Height, ToBgra(rows, header, palette, transparency));
    }

    private static (string Type, byte[] Data) ReadChunk(Stream stream)
    {
        Span<byte> head = stackalloc byte[8];
        stream.ReadExactly(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length > int.MaxValue)
            throw new InvalidDataException("A chunk of it is longer than a PNG may have.");
        // Read as far as there is something to read, so that a wrong length does not allocate more than the file holds.
        var data = new MemoryStream();
        var buffer = new byte[Math.Min(length, 1 << 16)];
        while (data.Length < length)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length - data.Length));
            if (read == 0)
                throw new EndOfStreamException("It ends in the middle.");
            data.Write(buffer, 0, read);
        }

        Span<byte> checksum = stackalloc byte[4];
        stream.ReadExactly(checksum);
        return (Encoding.ASCII.GetString(head[4..]), data.ToArray());
    }

    /// <summary>Inflates the rows and undoes their filters: each row is preceded by the number of its filter.</summary>
    private static byte[] Unfilter(Stream compressed, Header header)
    {
        var (stride, pixel) = (header.Width * header.BytesPerPixel, header.BytesPerPixel);
        var rows = new byte[checked(stride * header.Height)];
        var above = new byte[stride];
        using var inflated = new ZLibStream(compressed, CompressionMode.Decompress);
        for (var y = 0; y < header.Height; y++)
        {
            var filter = inflated.ReadByte();
            var row = rows.AsSpan(y * stride, stride);
            inflated.ReadExactly(row);
            for (var i = 0; i < stride; i++)
            {
                int left = i >= pixel ? row[i - pixel] : 0, up = above[i], corner = i >= pixel ? above[i - pixel] : 0;
                row[i] += filter switch
                {
                    0 => 0,
                    1 => (byte)left,
                    2 => (byte)up,
                    3 => (byte)((left + up) / 2),
                    4 => (byte)Paeth(left, up, corner),
                    _ => throw new InvalidDataException("A row of it has a filter that is not known."),
                };
            }

            row.CopyTo(above);
        }

        return rows;
    }

    /// <summary>Of left, up and corner the one that left + up − corner is nearest to; of equal ones the first.</summary>
    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static byte[] ToBgra(byte[] rows, Header header, byte[] palette, byte[] transparency)
    {
        var bgra = new byte[4 * header.Width * header.Height];
        for (int from = 0, to = 0; to < bgra.Length; from += header.BytesPerPixel, to += 4)
        {
            var (red, green, blue, alpha) = header.Color switch
            {
                ColorType.Gray => (rows[from], rows[from], rows[from], OpaqueUnlessKey(rows.AsSpan(from, 1))),
                ColorType.GrayAlpha => (rows[from], rows[from], rows[from], rows[from + 1]),
                ColorType.Rgb => (rows[from], rows[from + 1], rows[from + 2], OpaqueUnlessKey(rows.AsSpan(from, 3))),
                ColorType.Rgba => (rows[from], rows[from + 1], rows[from + 2], rows[from + 3]),
                _ => FromPalette(rows[from]),
            };
            (bgra[to], bgra[to + 1], bgra[to + 2], bgra[to + 3]) = (blue, green, red, alpha);
        }

        return bgra;

        (byte, byte, byte, byte) FromPalette(int index) => 3 * index + 2 < palette.Length
            ? (palette[3 * index], palette[3 * index + 1], palette[3 * index + 2], index < transparency.Length ? transparency[index] : (byte)255)
            : throw new InvalidDataException("A pixel of it has a colour that its palette has not.");

        // The transparency chunk of a picture without alpha is the one colour that is transparent, in two bytes for each channel.
        byte OpaqueUnlessKey(ReadOnlySpan<byte> color)
        {
            if (transparency.Length != 2 * color.Length)
                return 255;
            for (var channel = 0; channel < color.Length; channel++)
            {
                if (transparency[2 * channel] != 0 || transparency[2 * channel + 1] != color[channel])
                    return 255;
            }

            return 0;
        }
    }

    private readonly record struct Header(int Width, int Height, ColorType Color)
    {
        public int BytesPerPixel => Color switch
        {
            ColorType.GrayAlpha => 2,
            ColorType.Rgb => 3,
            ColorType.Rgba => 4,
            _ => 1,
        };

        public static Header Parse(byte[] data)
        {
            if (data.Length != 13)
                throw new InvalidDataException("Its header is damaged.");
            uint width = BinaryPrimitives.ReadUInt32BigEndian(data), height = BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4));
            if (width is 0 or > LargestSide || height is 0 or > LargestSide || width * height > int.MaxValue / 4)
                throw new InvalidDataException($"Its size is {width} x {height}.");
            var color = (ColorType)data[9];
            if (!Enum.IsDefined(color) || data[10] != 0 || data[11] != 0)
                throw new InvalidDataException("Its header is damaged.");
            if (data[8] != 8 || data[12] != 0)
                throw new InvalidDataException($"It has {data[8]} bits for each channel{(data[12] != 0 ? ", interlaced" : "")}.");
            return new((int)width, (int)height, color);
        }
    }
}
