using System.IO.Compression;

namespace ImageClassification.Pictures;

/// <summary>The 1,797 handwritten digits that come with the sample (see Data/README.md).</summary>
internal static class DigitsArchive
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "digits");

    /// <summary>
    /// The digits, unpacked beside the program when they are first asked for.
    /// Those to train on and those to test on were written by different people.
    /// </summary>
    public static PictureData Read()
    {
        if (!Directory.Exists(Folder))
            Unpack();
        var pictures = PictureFolder.Read(Folder).ToLookup(IsForTest);
        return new PictureData(Training: [.. pictures[false]], Test: [.. pictures[true]], PictureFormat.Digits);
    }

    private static bool IsForTest(LabeledPicture picture) =>
        Path.GetFileName(picture.ImagePath).StartsWith("test-", StringComparison.Ordinal);

    // Into another folder first: a run that is interrupted must not leave half of them behind.
    private static void Unpack()
    {
        var archive = Path.Combine(AppContext.BaseDirectory, "Data", "digits.zip");
        var unfinished = $"{Folder}.{Environment.ProcessId}.unfinished";
        Console.WriteLine($"Unpacking the digits to {Folder}");
        try
        {
            ZipFile.ExtractToDirectory(archive, unfinished);
            Directory.Move(unfinished, Folder);
        }
        catch (IOException) when (Directory.Exists(Folder))
        {
            // Another run was faster.
            Directory.Delete(unfinished, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserError(
                $"Cannot unpack '{archive}' to '{Folder}': make the folder writable, or build the sample again. "
                + $"The cause: {failure.Message}");
        }
    }
}
