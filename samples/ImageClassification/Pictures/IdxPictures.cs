using System.Globalization;

namespace ImageClassification.Pictures;

/// <summary>MNIST, Fashion-MNIST and what else comes in their four IDX files.</summary>
internal static class IdxPictures
{
    /// <exception cref="UserError">A file is missing or wrong, or two that belong together do not fit.</exception>
    public static PictureData Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserError($"There is no folder '{folder}'. Name one that has the IDX files of MNIST or Fashion-MNIST.");
        var training = ReadPart(folder, "train");
        var test = ReadPart(folder, "t10k");
        if ((training.Width, training.Height) != (test.Width, test.Height))
            throw new UserError(
                $"In '{folder}' the training pictures have {training.Width} x {training.Height} pixels, "
                + $"those of the test {test.Width} x {test.Height}: take the four files of one data set.");
        return new PictureData(
            training.ToPictures(),
            test.ToPictures(),
            PictureFormat.Gray with { Size = Math.Max(training.Width, training.Height) });
    }

    private static Part ReadPart(string folder, string name)
    {
        var imagePath = Find(folder, $"{name}-images-idx3-ubyte");
        var labelPath = Find(folder, $"{name}-labels-idx1-ubyte");
        var (width, height, pictures) = IdxFile.ReadImages(imagePath);
        var labels = IdxFile.ReadLabels(labelPath);
        if (pictures.Length != labels.Length)
            throw new UserError($"'{imagePath}' has {pictures.Length} pictures, but '{labelPath}' has {labels.Length} labels.");
        if (pictures.Length == 0)
            throw new UserError($"'{imagePath}' has no pictures.");
        return new Part(imagePath, width, height, pictures, labels);
    }

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path
            : File.Exists($"{path}.gz") ? $"{path}.gz"
            : throw new UserError($"There is no file '{path}', nor with .gz behind it: the folder needs the four IDX files of a data set.");
    }

    private sealed record Part(string Path, int Width, int Height, byte[][] Pictures, byte[] Labels)
    {
        // Labels are sorted as text, so all have as many digits as the largest.
        private int LabelDigits => Labels.Max() switch { < 10 => 1, < 100 => 2, _ => 3 };

        public LabeledPicture[] ToPictures() =>
        [
            .. Pictures.Select((levels, i) => new LabeledPicture
            {
                ImagePath = $"{Path}, picture {i}",
                Label = Labels[i].ToString("D" + LabelDigits, CultureInfo.InvariantCulture),
                Pixels = new GrayPixels(Width, Height, levels),
            }),
        ];
    }
}
