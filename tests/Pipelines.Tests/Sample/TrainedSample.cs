using System.IO.Compression;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>A temporary folder with own pictures (zeros and ones of the digits), and the run that trained on them.</summary>
public sealed class TrainedSample : IDisposable
{
    private const int PicturesPerClass = 20;

    public TrainedSample()
    {
        Pictures = MakeClasses("pictures", "0", "1");
        ModelPath = InFolder("models/model.zip");
        Training = SampleProcess.Run(TrainingArguments("--out", ModelPath));
    }

    public string Pictures { get; }

    public string ModelPath { get; }

    public string ReportPath => Path.ChangeExtension(ModelPath, ".report.html");

    internal SampleProcess Training { get; }

    private string Folder { get; } = Directory.CreateTempSubdirectory("sample-tests-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>What trains on <see cref="Pictures"/>, quickly.</summary>
    public string[] TrainingArguments(params string[] more) => ["--images", Pictures, "--gray", "--size", "8", "--epochs", "30", .. more];

    public string InFolder(string relativePath) => Path.Combine(Folder, relativePath);

    /// <summary>A folder of picture files for each of the digits.</summary>
    public string MakeClasses(string name, params string[] digits) => MakeClasses(name, PicturesPerClass, digits);

    public string MakeClasses(string name, int picturesPerClass, params string[] digits)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(SampleProcess.Folder, "Data", "digits.zip"));
        foreach (var digit in digits)
        {
            var folder = Directory.CreateDirectory(Path.Combine(InFolder(name), digit)).FullName;
            var pictures = archive.Entries.Where(entry => entry.FullName.StartsWith($"{digit}/", StringComparison.Ordinal));
            foreach (var picture in pictures.Take(picturesPerClass))
                picture.ExtractToFile(Path.Combine(folder, picture.Name));
        }

        return InFolder(name);
    }
}
