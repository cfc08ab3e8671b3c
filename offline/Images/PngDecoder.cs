// Stands for the picture decoder that ML.NET takes from SkiaSharp. Left out: every format but PNG, bit depths other than 8, interlacing,
// colour profiles, transparency by one colour, checksums of chunks (the pixels have their own).

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MLNet.Offline;

/// <summary>Decodes PNG (ISO/IEC 15948). InvalidDataException or EndOfStreamException for what it cannot read.</summary>
internal static class PngDecoder
{
    private const int LargestSide = 1 << 15;
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private enum ColorType : byte { Gray = 0, Rgb = 2, Palette = 3, GrayAlpha = 4, Rgba = 6 }

    public static (int Width, int Height, byte[] Bgra) Decode(ReadOnlySpan<byte> png)
    {
        if (!png.StartsWith(Signature))
            throw new InvalidDataException("It is not a PNG.");

        Header header = default;
        ReadOnlySpan<byte> palette = [], transparency = [];
        var compressed = new MemoryStream();
        var position = Signature.Length;
        for (var type = ""; type != "IEND";)
        {
            var data = ReadChunk(png, ref position, out type);
            switch (type)
            {
                case "IHDR": header = Header.Parse(data); break;
                case "PLTE": palette = data; break;
                case "tRNS": transparency = data; break;
                case "IDAT": compressed.Write(data); break;
            }
        }

        if (header.Width == 0)
            throw new InvalidDataException("It has no header.");
        compressed.Position = 0;
        return (header.Width, header.Height, ToBgra(Unfilter(compressed, header), header, palette, transparency));
    }

    /// <summary>The chunk at <paramref name="position"/>: length, type, data, checksum.</summary>
    private static ReadOnlySpan<byte> ReadChunk(ReadOnlySpan<byte> png, scoped ref int position, out string type)
    {
        const int AroundData = 12;
        var rest = png[position..];
        if (rest.Length < AroundData || BinaryPrimitives.ReadUInt32BigEndian(rest) is var length && length > rest.Length - AroundData)
            throw new EndOfStreamException("It ends in the middle.");
        type = Encoding.ASCII.GetString(rest.Slice(4, 4));
        position += AroundData + (int)length;
        return rest.Slice(8, (int)length);
    }

    /// <summary>Inflates the rows and undoes their filters: each row is preceded by the number of its filter.</summary>
    private static byte[] Unfilter(MemoryStream compressed, Header header)
    {
        var (stride, pixel) = (header.Width * header.BytesPerPixel, header.BytesPerPixel);
        var rows = new byte[stride * header.Height];
        ReadOnlySpan<byte> above = new byte[stride];
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

            above = row;
        }

        return rows;
    }

    /// <summary>Of left, up and corner the one that left + up − corner is nearest to; of equal ones the first.</summary>
    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static byte[] ToBgra(byte[] rows, Header header, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> transparency)
    {
        var bgra = new byte[4 * header.Width * header.Height];
        for (int from = 0, to = 0; to < bgra.Length; from += header.BytesPerPixel, to += 4)
        {
            ReadOnlySpan<byte> pixel = rows.AsSpan(from, header.BytesPerPixel);
            byte alpha = 255;
            if (header.Color == ColorType.Palette)
            {
                int index = pixel[0];
                if (3 * index + 2 >= palette.Length)
                    throw new InvalidDataException("A pixel of it has a colour that its palette has not.");
                pixel = palette.Slice(3 * index, 3);
                alpha = index < transparency.Length ? transparency[index] : alpha;
            }

            var isGray = pixel.Length < 3;
            bgra[to] = pixel[isGray ? 0 : 2];
            bgra[to + 1] = pixel[isGray ? 0 : 1];
            bgra[to + 2] = pixel[0];
            bgra[to + 3] = header.Color is ColorType.GrayAlpha or ColorType.Rgba ? pixel[^1] : alpha;
        }

        return bgra;
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

        public static Header Parse(ReadOnlySpan<byte> data)
        {
            if (data.Length != 13 || !Enum.IsDefined((ColorType)data[9]) || data[10] != 0 || data[11] != 0)
                throw new InvalidDataException("Its header is damaged.");
            uint width = BinaryPrimitives.ReadUInt32BigEndian(data), height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
            if (width is 0 or > LargestSide || height is 0 or > LargestSide || width * height > int.MaxValue / 4)
                throw new InvalidDataException($"Its size is {width} x {height}.");
            if (data[8] != 8 || data[12] != 0)
                throw new InvalidDataException($"It has {data[8]} bits for each channel{(data[12] != 0 ? ", interlaced" : "")}.");
            return new((int)width, (int)height, (ColorType)data[9]);
        }
    }
}
