using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Tests;

/// <summary>Where the sources are that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(FolderOfThisFile(), "../.."));

    private static string FolderOfThisFile([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
