using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MLNet.BatchNorm.Core.Tests.Architecture;

public class FolderOrderTests
{
    // The reading order of docs/architecture.md: the files in Core itself first.
    private static readonly string[] Order =
        ["", "Numerics", "Distributed", "Layers", "Networks", "Losses", "Optimizers", "Data", "Training", "Serialization", "Interchange"];

    [Fact]
    public void Files_OfCore_UseOnlyTheirFolderAndThoseBefore()
    {
        var compilation = CoreSources.Compile();
        compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Should().BeEmpty();
        var uses = compilation.SyntaxTrees.SelectMany(tree => UsesOf(compilation.GetSemanticModel(tree))).Distinct().ToArray();
        uses.Should().HaveCountGreaterThan(100);

        uses.SelectMany(use => new[] { use.User, use.Used }).Select(FolderOf).Distinct().Should().BeEquivalentTo(Order);
        var backwards =
            from use in uses
            where PlaceOf(use.Used) > PlaceOf(use.User)
            orderby use
            select $"{use.User} -> {use.Used} ({use.Name})";
        string.Join('\n', backwards).Should().BeEmpty();
    }

    private static int PlaceOf(string file) => Array.IndexOf(Order, FolderOf(file));

    private static string FolderOf(string file) => file.Split(Path.DirectorySeparatorChar) is [var folder, _, ..] ? folder : "";

    /// <summary>Each symbol of Core that a file names, or creates without naming it, with the file that declares it.</summary>
    private static IEnumerable<(string User, string Name, string Used)> UsesOf(SemanticModel model) =>
        from node in model.SyntaxTree.GetRoot().DescendantNodes()
        where node is SimpleNameSyntax or ImplicitObjectCreationExpressionSyntax
        let symbol = model.GetSymbolInfo(node).Symbol
        where symbol is not (null or INamespaceSymbol)
        from declaration in symbol.OriginalDefinition.DeclaringSyntaxReferences
        select (model.SyntaxTree.FilePath, symbol.Name, declaration.SyntaxTree.FilePath);
}
