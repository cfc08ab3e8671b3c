namespace MLNet.BatchNorm.Package.Tests;

/// <summary>The packages, packed from what was built, in a folder that goes afterwards.</summary>
public sealed class PackedFixture : IDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    public PackedFixture()
    {
        Folder = Directory.CreateTempSubdirectory("packed").FullName;
        foreach (var project in new[] { "Core", "Transforms", "Pipelines", "Mpi" })
            Dotnet.Run(Repository.Root, "pack", $"src/{project}", "-c", Configuration, "--no-build", "-o", Folder);
        Dotnet.Run(Repository.Root, "pack", "templates/Templates.csproj", "-c", Configuration, "-o", TemplatesFolder);
    }

    public string Folder { get; }

    public string TemplatesFolder => Path.Combine(Folder, "templates");

    /// <summary>Paths of the packages, without those of the symbols.</summary>
    public IReadOnlyList<string> Packages => Directory.GetFiles(Folder, "*.nupkg");

    /// <summary>Version of the package with the trainers.</summary>
    public string Version => Path.GetFileNameWithoutExtension(Packages.Single(IsOfTrainers))["MLNet.BatchNorm.".Length..];

    /// <summary>Lets projects in a folder find the packages.</summary>
    public void WriteNuGetConfig(string folder) => File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
        <configuration>
          <packageSources>
            <add key="packed" value="{Folder}" />
          </packageSources>
        </configuration>
        """);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static bool IsOfTrainers(string path) => char.IsDigit(Path.GetFileName(path)["MLNet.BatchNorm.".Length]);
}
