using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>Explains that the images are too small for a network, where the reason tells of a window deep inside it.</summary>
internal static class SmallImages
{
    private const int LargestSide = 512;

    /// <summary>
    /// The error that names the size of the images and the smallest that would do; null where images of no size up to 512 pixels a side do.
    /// </summary>
    /// <param name="settled">The layers, of which no option is open.</param>
    /// <param name="input">What they could not be planned for.</param>
    /// <param name="reason">Why.</param>
    public static ArgumentException? ErrorFor(NetworkDefinition settled, Shape input, ArgumentException reason)
    {
        if (input.Pixels == 1 || !IsAboutAWindow(reason))
            return null;
        for (var side = Math.Min(input.Height, input.Width) + 1; side <= LargestSide; side++)
        {
            var (height, width) = (Math.Max(input.Height, side), Math.Max(input.Width, side));
            if (Takes(settled, Shape.Image(height, width, input.Channels)))
                return new ArgumentException(
                    $"Images of {input} are too small for these layers, which take them from {height}x{width} pixels on: enlarge them, as "
                    + $"by ResizeImages, or use fewer layers that shrink an image. {reason.Message}", reason);
        }

        return null;
    }

    private static bool IsAboutAWindow(Exception? reason) =>
        reason is WindowDoesNotFitException || (reason is not null && IsAboutAWindow(reason.InnerException));

    private static bool Takes(NetworkDefinition settled, Shape image)
    {
        try
        {
            _ = LayerPlan.OfSettled(settled, image, random: null, prefix: "");
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
