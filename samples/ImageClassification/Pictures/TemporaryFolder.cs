namespace ImageClassification.Pictures;

/// <summary>A folder of the temporary files that is made when it is first asked for and goes when the program ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private DirectoryInfo? folder;

    public string Path => (folder ??= Directory.CreateTempSubdirectory("image-classification-")).FullName;

    public void Dispose() => folder?.Delete(recursive: true);
}
