// Stands for the picture scaling that ML.NET takes from SkiaSharp, whose numbers differ.

namespace MLNet.Offline;

/// <summary>
/// Scales with a triangle filter: bilinear interpolation when enlarging, an average over the covered pixels when reducing.
/// The same size gives the same pixels.
/// </summary>
internal static class ImageScaler
{
    private const int Channels = 4;

    public static MLImage Scale(MLImage source, int width, int height)
    {
        var wide = Scale(Array.ConvertAll(source.Pixels.ToArray(), value => (float)value), source.Height, source.Width, width, Channels);
        var scaled = Scale(wide, 1, source.Height, height, width * Channels);
        var pixels = Array.ConvertAll(scaled, value => (byte)(value + 0.5f));
        var image = MLImage.CreateFromPixels(width, height, source.PixelFormat, pixels);
        image.Tag = source.Tag;
        return image;
    }

    /// <summary>Scales the middle axis of lines x length x inner to lines x newLength x inner.</summary>
    private static float[] Scale(float[] source, int lines, int length, int newLength, int inner)
    {
        var target = new float[lines * newLength * inner];
        for (var to = 0; to < newLength; to++)
        {
            var (first, weights) = Weights(to, length, newLength);
            for (var line = 0; line < lines; line++)
                for (var w = 0; w < weights.Length * inner; w++)
                    target[(line * newLength + to) * inner + w % inner] += weights[w / inner] * source[(line * length + first) * inner + w];
        }

        return target;
    }

    /// <summary>The weights of the source pixels for one target pixel, by the distance of their centres; they sum to 1.</summary>
    private static (int First, float[] Weights) Weights(int to, int length, int newLength)
    {
        var scale = (double)length / newLength;
        var radius = Math.Max(1, scale);
        var centre = (to + 0.5) * scale - 0.5;
        var first = Math.Max(0, (int)Math.Ceiling(centre - radius));
        var last = Math.Min(length - 1, (int)Math.Floor(centre + radius));
        var weights = Enumerable.Range(first, last - first + 1).Select(from => Math.Max(0, 1 - Math.Abs(from - centre) / radius)).ToArray();
        var sum = weights.Sum();
        return (first, Array.ConvertAll(weights, weight => (float)(weight / sum)));
    }
}
