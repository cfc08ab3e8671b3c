using Microsoft.ML.Data;
using SkiaSharp;

namespace ImageClassification.Pictures;

/// <summary>A gray picture in memory: one byte for each pixel, row by row.</summary>
internal sealed record GrayPixels(int Width, int Height, byte[] Levels)
{
    public MLImage ToImage()
    {
        var pixels = new byte[Levels.Length * 4];
        for (var i = 0; i < Levels.Length; i++)
        {
            pixels.AsSpan(4 * i, 3).Fill(Levels[i]);
            pixels[4 * i + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, pixels);
    }

    public byte[] ToPng()
    {
        using var image = SKImage.FromPixelCopy(new SKImageInfo(Width, Height, SKColorType.Gray8), Levels);
        using var png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
