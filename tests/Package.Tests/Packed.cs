namespace MLNet.BatchNorm.Package.Tests;

/// <summary>The packages, packed once for all tests from what was built.</summary>
internal static class Packed
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    /// <summary>Folder of the packages; the next run of the tests empties it.</summary>
    public static string Folder { get; } = Pack();

    public static string TemplatesFolder => Path.Combine(Folder, "templates");

    /// <summary>Paths of the packages, without those of the symbols.</summary>
    public static IReadOnlyList<string> Packages => Directory.GetFiles(Folder, "*.nupkg");

    /// <summary>Version of the package with the trainers.</summary>
    public static string Version => Path.GetFileNameWithoutExtension(Packages.Single(IsOfTrainers))["MLNet.BatchNorm.".Length..];

    /// <summary>Lets projects in a folder find the packages.</summary>
    public static void WriteNuGetConfig(string folder) => File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
        <configuration>
          <packageSources>
            <add key="packed" value="{Folder}" />
          </packageSources>
        </configuration>
        """);

    private static string Pack()
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "tests", "packed");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        foreach (var project in new[] { "Core", "Transforms", "Pipelines", "Mpi" })
            Dotnet.Run(Repository.Root, "pack", $"src/{project}", "-c", Configuration, "--no-build", "-o", folder);
        Dotnet.Run(Repository.Root, "pack", "templates/Templates.csproj", "-c", Configuration, "-o", Path.Combine(folder, "templates"));
        return folder;
    }

    private static bool IsOfTrainers(string path) => char.IsDigit(Path.GetFileName(path)["MLNet.BatchNorm.".Length]);
}
