// Stands for MLImage of Microsoft.ML.ImageAnalytics. Left out: saving, and every picture but an 8-bit, not interlaced PNG. Colours with
// alpha are not premultiplied. All memory is managed here; disposing only makes the image unusable, as it does there.

namespace Microsoft.ML.Data;

public enum MLPixelFormat { Unknown = 0, Bgra32 = 1, Rgba32 = 2 }

/// <summary>A picture with four bytes for each pixel, row by row from the top left.</summary>
public sealed class MLImage : IDisposable
{
    private readonly byte[] pixels;
    private bool disposed;

    private MLImage(int width, int height, MLPixelFormat format, byte[] pixels)
    {
        Width = width;
        Height = height;
        PixelFormat = format;
        this.pixels = pixels;
    }

    public int Width { get; }
    public int Height { get; }
    public MLPixelFormat PixelFormat { get; }
    public int BitsPerPixel => 32;
    public string Tag { get; set; }
    public ReadOnlySpan<byte> Pixels => disposed ? throw new InvalidOperationException("The image has been disposed.") : pixels;

    /// <summary>Reads a picture; ArgumentException when it is missing or cannot be read.</summary>
    public static MLImage CreateFromFile(string imagePath)
    {
        Contracts.CheckRef(imagePath, nameof(imagePath));
        if (!File.Exists(imagePath))
            throw new ArgumentException($"There is no picture '{imagePath}'.", nameof(imagePath));
        return Create(File.ReadAllBytes(imagePath), imagePath, nameof(imagePath));
    }

    public static MLImage CreateFromStream(Stream imageStream)
    {
        var content = new MemoryStream();
        Contracts.CheckRef(imageStream, nameof(imageStream)).CopyTo(content);
        return Create(content.ToArray(), "the stream", nameof(imageStream));
    }

    public static MLImage CreateFromPixels(int width, int height, MLPixelFormat pixelFormat, ReadOnlySpan<byte> imagePixelData)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (pixelFormat is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
            throw new ArgumentException($"The pixel format must be Bgra32 or Rgba32, not {pixelFormat}.", nameof(pixelFormat));
        if (imagePixelData.Length != 4L * width * height)
            throw new ArgumentException($"{width} x {height} pixels do not take {imagePixelData.Length} bytes.", nameof(imagePixelData));
        return new(width, height, pixelFormat, imagePixelData.ToArray());
    }

    public void Dispose() => disposed = true;

    private static MLImage Create(byte[] content, string source, string paramName)
    {
        try
        {
            var (width, height, bgra) = PngDecoder.Decode(content);
            return new(width, height, MLPixelFormat.Bgra32, bgra);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ArgumentException(
                $"Cannot read a picture from {source}: {e.Message} This host reads 8-bit, not interlaced PNG, the packages host more.",
                paramName,
                e);
        }
    }
}
