using System.Security.Cryptography;

namespace MLNet.BatchNorm.Package.Tests;

/// <summary>The same sources give the same bytes wherever they lie.</summary>
public sealed class RepeatableBuildTests
{
    private static readonly string[] Needed =
        ["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "CHANGELOG.md"];

    [Fact]
    public void Build_InTwoFolders_GivesTheSameAssemblies()
    {
        var short1 = Directory.CreateTempSubdirectory("b").FullName;
        var long1 = Directory.CreateTempSubdirectory("built-in-a-folder-with-a-longer-name").FullName;
        try
        {
            Build(short1).Should().HaveCount(4).And.Equal(Build(long1));
        }
        finally
        {
            Directory.Delete(short1, recursive: true);
            Directory.Delete(long1, recursive: true);
        }
    }

    private static (string Name, string Hash)[] Build(string folder)
    {
        foreach (var file in Needed)
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(folder, file));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(Repository.Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return
        [
            .. new[] { "Pipelines", "Mpi" }.SelectMany(project => AssembliesOf(project, folder))
                .Select(path => (Path.GetFileName(path), Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))))
                .Distinct().Order(),
        ];
    }

    private static string[] AssembliesOf(string project, string folder)
    {
        // Analyzers take a quarter of the time and change no byte.
        Dotnet.Run(folder, "build", $"src/{project}", "-c", "Release", "-p:RunAnalyzers=false");
        return Directory.GetFiles(Path.Combine(folder, $"artifacts/bin/{project}/release"), "MLNet.BatchNorm*.dll");
    }
}
