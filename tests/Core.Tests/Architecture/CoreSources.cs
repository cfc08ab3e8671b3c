using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Architecture;

/// <summary>The sources of Core as the compiler sees them.</summary>
internal static class CoreSources
{
    // What ImplicitUsings stands for in the project file.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static string Folder { get; } = Path.Combine(Repository.Root, "src", "Core");

    public static CSharpCompilation Compile()
    {
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true);
        var parsing = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var files = Directory.GetFiles(Folder, "*.cs", SearchOption.AllDirectories);
        var trees = files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), parsing, Path.GetRelativePath(Folder, file)));

        // The test's own assemblies include all that Core is compiled against.
        var assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        return CSharpCompilation.Create(
            "Core", [CSharpSyntaxTree.ParseText(ImplicitUsings, parsing), .. trees],
            assemblies.Select(path => MetadataReference.CreateFromFile(path)), options);
    }
}
