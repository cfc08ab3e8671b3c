using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>Compiles a page's program as the project would that the page tells to make.</summary>
internal static class Compiler
{
    // What a new project imports by itself.
    private static readonly string[] ConsoleUsings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
    ];

    private static readonly string[] WebUsings =
    [
        .. ConsoleUsings, "System.Net.Http.Json", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration",
        "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    /// <summary>What the program of a page may use: all that the tests are run with.</summary>
    public static MetadataReference[] References { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>A web server runs until it is stopped.</summary>
    public static bool IsServer(PageProgram program) =>
        program.Blocks.Any(block => block.Text.Contains("WebApplication", StringComparison.Ordinal));

    /// <summary>Warnings and errors, each with the page and line it is for.</summary>
    public static IEnumerable<string> Diagnose(PageProgram program) =>
        Compile(program).GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).Select(Describe);

    public static void Emit(PageProgram program, string assemblyPath)
    {
        var result = Compile(program, Path.GetFileNameWithoutExtension(assemblyPath)).Emit(assemblyPath);
        result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Select(Describe).Should().BeEmpty();
    }

    private static CSharpCompilation Compile(PageProgram program, string assemblyName = "Snippet") => CSharpCompilation.Create(
        assemblyName,
        [CSharpSyntaxTree.ParseText(Source(program), new CSharpParseOptions(LanguageVersion.Latest))],
        References,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    private static string Describe(Diagnostic diagnostic)
    {
        var place = diagnostic.Location.GetMappedLineSpan();
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.GetMessage()}";
    }

    // One file: the usings of all blocks, then their statements, then their types.
    private static string Source(PageProgram program)
    {
        var source = new StringBuilder();
        foreach (var name in IsServer(program) ? WebUsings : ConsoleUsings)
            source.AppendLine($"using global::{name};");
        var units = program.Blocks
            .Select(block => (block, unit: CSharpSyntaxTree.ParseText(block.Text).GetCompilationUnitRoot())).ToArray();
        foreach (var (block, unit) in units)
            Append(block, unit.Usings);
        foreach (var (block, unit) in units)
            Append(block, unit.Members.Where(member => member is GlobalStatementSyntax));
        foreach (var (block, unit) in units)
            Append(block, unit.Members.Where(member => member is not GlobalStatementSyntax));
        return source.ToString();

        void Append(Code block, IEnumerable<SyntaxNode> nodes)
        {
            foreach (var node in nodes)
            {
                var line = node.SyntaxTree.GetLineSpan(node.FullSpan).StartLinePosition.Line + block.Line;
                source.Append($"\n#line {line} \"{block.Page}\"\n").Append(node.ToFullString());
            }
        }
    }
}
