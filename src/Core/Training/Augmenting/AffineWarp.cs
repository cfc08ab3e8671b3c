namespace MLNet.BatchNorm.Core.Training.Augmenting;

/// <summary>
/// Where the pixels of a picture come from: pixel (x, y), counted from 0, shows what the source has at
/// (Xx * x + Xy * y + X0, Yx * x + Yy * y + Y0), between pixels by bilinear interpolation.
/// </summary>
internal readonly record struct AffineWarp(double Xx, double Xy, double X0, double Yx, double Yy, double Y0)
{
    // Positions are rounded to this part of a pixel, so that maps to whole pixels are exact although sine and cosine are not.
    private const int FractionBits = 16;
    private const double One = 1 << FractionBits;

    /// <summary>
    /// The map that flips a picture left to right, scales it and rotates it clockwise, all around its middle, then shifts it right and
    /// down by pixels.
    /// </summary>
    public static AffineWarp Around(Shape image, bool flip, double scale, double degrees, double right, double down)
    {
        // The inverse of p' = R * scale * F * (p - middle) + middle + shift.
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        var (middleX, middleY) = ((image.Width - 1) / 2.0, (image.Height - 1) / 2.0);
        var (x, y) = (middleX + right, middleY + down);
        var side = flip ? -1 : 1;
        double xx = side * cos / scale, xy = side * sin / scale, yx = -sin / scale, yy = cos / scale;
        return new AffineWarp(xx, xy, middleX - xx * x - xy * y, yx, yy, middleY - yx * x - yy * y);
    }

    /// <summary>Fills a picture, channels last; what the source does not have is <paramref name="fill"/>.</summary>
    public void Apply(Shape image, ReadOnlySpan<float> from, Span<float> to, float fill)
    {
        var channels = image.Channels;
        var pixel = 0;
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++, pixel += channels)
            {
                var fixedX = (long)Math.Round((Xx * x + Xy * y + X0) * One);
                var fixedY = (long)Math.Round((Yx * x + Yy * y + Y0) * One);
                var taps = new Taps(image, from, (int)(fixedX >> FractionBits), (int)(fixedY >> FractionBits), fill);
                var right = (fixedX & ((1 << FractionBits) - 1)) * (float)(1 / One);
                var down = (fixedY & ((1 << FractionBits) - 1)) * (float)(1 / One);
                for (var channel = 0; channel < channels; channel++)
                {
                    var above = taps[0, 0, channel] * (1 - right) + taps[0, 1, channel] * right;
                    var below = taps[1, 0, channel] * (1 - right) + taps[1, 1, channel] * right;
                    to[pixel + channel] = above * (1 - down) + below * down;
                }
            }
    }

    /// <summary>The square of four pixels whose first is (left, top).</summary>
    private readonly ref struct Taps(Shape image, ReadOnlySpan<float> from, int left, int top, float fill)
    {
        private readonly ReadOnlySpan<float> from = from;

        public float this[int down, int right, int channel] =>
            (uint)(top + down) < (uint)image.Height && (uint)(left + right) < (uint)image.Width
                ? from[((top + down) * image.Width + left + right) * image.Channels + channel]
                : fill;
    }
}
