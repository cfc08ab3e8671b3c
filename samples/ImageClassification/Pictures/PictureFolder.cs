using Microsoft.ML.Data;
using SkiaSharp;

namespace ImageClassification.Pictures;

/// <summary>Finds picture files and makes sure that they can be read.</summary>
internal static class PictureFolder
{
    // A gigabyte once it is decoded. What a damaged head declares can take a minute to decode, and all of the memory.
    private const long LargestPixelCount = 250_000_000;

    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"];

    /// <summary>The pictures of a folder with one subfolder for each class, always in the same order.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="skipUnreadable">Pictures that cannot be read are named on stderr and left out; otherwise they are an error.</param>
    /// <exception cref="UserError">There are no two classes, one has no picture, or a picture cannot be read.</exception>
    public static IReadOnlyList<LabeledPicture> Read(string folder, bool skipUnreadable = false)
    {
        if (!Directory.Exists(folder))
            throw new UserError($"There is no folder '{folder}'. Name one that has a subfolder of pictures for each class.");
        var classes = Visible(new DirectoryInfo(folder).GetDirectories());
        if (classes.Length < 2)
            throw new UserError($"The folder '{folder}' has {classes.Length} subfolders; it needs at least 2, one for each class.");
        return [.. classes.SelectMany(pictures => PicturesOf(pictures, skipUnreadable))];
    }

    /// <summary>Decodes a picture to see whether it can be: the error of LoadImages, amid the training, does not name the file.</summary>
    /// <exception cref="UserError">It is missing, damaged, or of a kind that ML.NET cannot decode.</exception>
    public static void RequireReadable(string path)
    {
        if (Directory.Exists(path))
            throw new UserError($"'{path}' is a folder, not a picture. Name the files in it, as in {Path.Combine(path, "*.png")}.");
        try
        {
            var content = File.ReadAllBytes(path);
            using var head = SKCodec.Create(new MemoryStream(content));
            if (head is not null && (long)head.Info.Width * head.Info.Height > LargestPixelCount)
                throw new InvalidDataException(
                    $"It has {head.Info.Width} x {head.Info.Height} pixels; at most {LargestPixelCount / 1_000_000} million are read.");
            if (PictureEnd.IsMissing(content))
                throw new InvalidDataException($"It was cut off after {content.Length} bytes: its end is missing.");
            using var picture = MLImage.CreateFromStream(new MemoryStream(content));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserError($"There is no picture '{path}'.");
        }
        catch (Exception failure)
        {
            throw new UserError($"Cannot read the picture '{path}': replace or remove it. The cause: {failure.Message}");
        }
    }

    private static LabeledPicture[] PicturesOf(DirectoryInfo folder, bool skipUnreadable)
    {
        var all = folder.GetFiles();
        var files = Visible(all.Where(file => Extensions.Contains(file.Extension, StringComparer.OrdinalIgnoreCase)));
        var readable = files.Where(file => IsReadable(file.FullName, skipUnreadable)).ToArray();
        if (readable.Length == 0)
            throw new UserError(
                $"The folder '{folder.FullName}' has no picture{(files.Length > 0 ? " that can be read" : "")} "
                + $"({string.Join(" ", Extensions)}). Add some, or delete it.");
        if (all.Length > files.Length)
            Console.WriteLine(
                $"Ignored {all.Length - files.Length} of {all.Length} files in '{folder.FullName}': hidden, or no picture by their names "
                + $"({string.Join(" ", Extensions)}).");
        return [.. readable.Select(file => new LabeledPicture { ImagePath = file.FullName, Label = folder.Name })];
    }

    private static bool IsReadable(string path, bool skipUnreadable)
    {
        try
        {
            RequireReadable(path);
            return true;
        }
        catch (UserError failure)
        {
            if (!skipUnreadable)
                throw new UserError($"{failure.Message} (Or skip such pictures with --skip-unreadable.)");
            Console.Error.WriteLine($"Skipped. {failure.Message}");
            return false;
        }
    }

    private static T[] Visible<T>(IEnumerable<T> entries)
        where T : FileSystemInfo =>
        [.. entries.Where(entry => !entry.Attributes.HasFlag(FileAttributes.Hidden)).OrderBy(entry => entry.Name, StringComparer.Ordinal)];
}
