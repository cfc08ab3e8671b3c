using System.Globalization;
using Microsoft.ML.Data;

namespace ImageClassification.Pictures;

/// <summary>MNIST, Fashion-MNIST and what else comes in their four IDX files.</summary>
internal static class IdxPictures
{
    /// <summary>Reads the files and writes their pictures as PNG into a folder: the pipeline begins at picture files.</summary>
    /// <exception cref="UserError">A file is missing or wrong, or two that belong together do not fit.</exception>
    public static PictureData Read(string folder, string pngFolder)
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
            Write(training, Path.Combine(pngFolder, "train")),
            Write(test, Path.Combine(pngFolder, "test")),
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
        return new Part(width, height, pictures, labels);
    }

    private static string Find(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? path
            : File.Exists($"{path}.gz") ? $"{path}.gz"
            : throw new UserError($"There is no file '{path}', nor with .gz behind it: the folder needs the four IDX files of a data set.");
    }

    private static LabeledPicture[] Write(Part part, string folder)
    {
        Directory.CreateDirectory(folder);
        return [.. part.Pictures.Select((pixels, i) =>
        {
            var picture = new LabeledPicture
            {
                ImagePath = Path.Combine(folder, $"{i:D5}.png"),
                Label = part.Labels[i].ToString("D" + part.LabelDigits, CultureInfo.InvariantCulture),
            };
            Save(part.Width, part.Height, pixels, picture.ImagePath);
            return picture;
        })];
    }

    private static void Save(int width, int height, byte[] gray, string path)
    {
        var pixels = gray.SelectMany(level => new[] { level, level, level, byte.MaxValue }).ToArray();
        using var picture = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        picture.Save(path);
    }

    private sealed record Part(int Width, int Height, byte[][] Pictures, byte[] Labels)
    {
        /// <summary>Labels are sorted as text, so all have as many digits as the largest.</summary>
        public int LabelDigits => Labels.Max() switch { < 10 => 1, < 100 => 2, _ => 3 };
    }
}
