using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Package.Tests;

/// <summary>A new project of a user who has only the packages.</summary>
public sealed partial class InstalledPackageTests : IDisposable
{
    // Names nothing of ours.
    private const string LoaderProgram = """
        using Microsoft.ML;
        using Microsoft.ML.Data;

        var ml = new MLContext();
        var model = ml.Model.Load(args[0], out _);
        using var engine = ml.Model.CreatePredictionEngine<Row, Prediction>(model);
        var prediction = engine.Predict(new Row { Features = [1, 1, 1] });
        Console.WriteLine($"{prediction.Features.Length} features, {prediction.Score.Length} scores, {prediction.PredictedLabel}");

        class Row
        {
            public float Label { get; set; }

            [VectorType(3)] public float[] Features { get; set; } = [];
        }

        class Prediction
        {
            public float[] Features { get; set; } = [];

            public float[] Score { get; set; } = [];

            public float PredictedLabel { get; set; }
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("user").FullName;

    public InstalledPackageTests()
    {
        Packed.WriteNuGetConfig(folder);
    }

    [Fact]
    public void Package_InANewProject_RunsTheFirstSnippetAndOtherProgramsLoadItsModel()
    {
        const string prediction = "3 features, 3 scores, 1\n";
        var trainer = NewProject("Trainer", FirstSnippet());
        Dotnet.Run(trainer, "run", "-c", "Release");
        var zip = Path.Combine(trainer, "model.zip");

        var loader = NewProject("Loader", LoaderProgram);
        Dotnet.Run(loader, "run", "-c", "Release", "--", zip).Should().Be(prediction);
        Publish(loader, "single", "--self-contained", "false", "-p:PublishSingleFile=true");
        Dotnet.RunProgram(Path.Combine(loader, "single", "Loader"), loader, zip).Should().Be(prediction);

        KeepWhatIsFoundByName(loader);
        Publish(loader, "trimmed", "--self-contained", "true", "-p:PublishTrimmed=true");
        Dotnet.RunProgram(Path.Combine(loader, "trimmed", "Loader"), loader, zip).Should().Be(prediction);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string NewProject(string name, string program)
    {
        var project = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        Dotnet.Run(project, "new", "console", "--no-restore");
        Dotnet.Run(project, "add", "package", "MLNet.BatchNorm", "--version", Packed.Version);
        File.WriteAllText(Path.Combine(project, "Program.cs"), program);
        return project;
    }

    private static void Publish(string project, string output, params string[] options) => Dotnet.Run(
        project, ["publish", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", output, .. options]);

    // The item group of docs/guide/serving.md.
    private static void KeepWhatIsFoundByName(string project)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/guide/serving.md"));
        var items = Regex.Match(page, "<ItemGroup>.*?</ItemGroup>", RegexOptions.Singleline).Value
            .Replace("MyProgram", "Loader", StringComparison.Ordinal);
        var file = Path.Combine(project, "Loader.csproj");
        File.WriteAllText(file, File.ReadAllText(file).Replace("</Project>", $"{items}</Project>", StringComparison.Ordinal));
    }

    /// <summary>The first block of README, with the data that it is given.</summary>
    private static string FirstSnippet()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");
        var found = Snippet().Match(readme);
        found.Success.Should().BeTrue();
        var (given, code) = (found.Groups["given"].Value, found.Groups["code"].Value);
        var types = given.IndexOf("\nclass ", StringComparison.Ordinal);
        var statements = given[..types].Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
        var body = code.Split('\n').ToLookup(line => line.StartsWith("using ", StringComparison.Ordinal));
        return string.Join('\n', [.. statements[true], .. body[true], .. statements[false], .. body[false], given[types..]]);
    }

    [GeneratedRegex(@"<!-- given\n(?<given>.*?)-->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
