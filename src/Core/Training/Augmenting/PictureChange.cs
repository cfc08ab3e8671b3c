using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Training.Augmenting;

/// <summary>What is drawn for one picture.</summary>
internal readonly record struct PictureChange
{
    private const float FlippedShare = 0.5f;

    public AffineWarp Warp { get; private init; }

    public float Contrast { get; private init; }

    public float Brightness { get; private init; }

    /// <summary>The middle of the square that is cut out.</summary>
    public (int X, int Y) Cut { get; private init; }

    /// <summary>Every number is drawn whether it is wanted or not, so that one option leaves what the others draw alone.</summary>
    public static PictureChange Draw(Augmentation options, Shape image, CounterRandom random)
    {
        double right = EitherWay(ref random, options.Shift) * image.Width, down = EitherWay(ref random, options.Shift) * image.Height;
        double degrees = EitherWay(ref random, options.RotationDegrees), scale = 1 + EitherWay(ref random, options.Scale);
        var flip = random.NextSingle() < FlippedShare && options.HorizontalFlip;
        return new PictureChange
        {
            Warp = AffineWarp.Around(image, flip, scale, degrees, right, down),
            Contrast = (float)(1 + EitherWay(ref random, options.Contrast)),
            Brightness = (float)EitherWay(ref random, options.Brightness),
            Cut = (random.NextBelow(image.Width), random.NextBelow(image.Height)),
        };
    }

    /// <summary>Fills <paramref name="to"/> with the picture changed.</summary>
    public void Apply(Augmentation options, Shape image, ReadOnlySpan<float> from, Span<float> to)
    {
        if (options.MovesPixels)
            Warp.Apply(image, from, to, options.FillValue);
        else
            from.CopyTo(to);
        if (options.Contrast > 0 || options.Brightness > 0)
        {
            // (x - mean) * contrast + mean + brightness
            var offset = TensorPrimitives.Sum<float>(to) / to.Length * (1 - Contrast) + Brightness;
            TensorPrimitives.Multiply(to, Contrast, to);
            TensorPrimitives.Add(to, offset, to);
        }

        if (options.Cutout > 0)
            CutOut(image, to, Math.Max(1, (int)Math.Round(options.Cutout * Math.Min(image.Height, image.Width))), options.FillValue);
    }

    private void CutOut(Shape image, Span<float> picture, int side, float fill)
    {
        int left = Math.Max(0, Cut.X - side / 2), right = Math.Min(image.Width, Cut.X - side / 2 + side);
        int top = Math.Max(0, Cut.Y - side / 2), bottom = Math.Min(image.Height, Cut.Y - side / 2 + side);
        for (var y = top; y < bottom; y++)
            picture[((y * image.Width + left) * image.Channels)..((y * image.Width + right) * image.Channels)].Fill(fill);
    }

    private static double EitherWay(ref CounterRandom random, float largest) => (2.0 * random.NextSingle() - 1) * largest;
}
