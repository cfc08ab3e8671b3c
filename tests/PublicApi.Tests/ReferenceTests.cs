using FluentAssertions.Execution;
using Microsoft.CodeAnalysis;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>The reference documentation is complete, and its examples compile, run and print what they show.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void Summary_OfEveryTypeAndMember_IsThere() => ShouldBeNone(
        PublicSurface.Types.Concat(PublicSurface.Members).Where(symbol => Text(symbol, "summary").Length == 0 && !IsInherited(symbol)));

    [Fact]
    public void Returns_OfEveryMethodThatReturnsSomething_IsThere() => ShouldBeNone(
        PublicSurface.Members.OfType<IMethodSymbol>()
            .Where(method => method.MethodKind != MethodKind.Constructor && !method.ReturnsVoid)
            .Where(method => Text(method, "returns").Length == 0 && !IsInherited(method)));

    [Fact]
    public void Example_OfEveryType_IsThere() => ShouldBeNone(PublicSurface.Types.Where(type => !Example.Of(type).Any()));

    [Fact]
    public void Examples_Compiled_HaveNoWarnings() => Compiler.Diagnose(ExampleProgram.Program).Should().BeEmpty();

    [Fact]
    public void Examples_Run_PrintWhatTheyShow()
    {
        var printed = ExampleProgram.Run();
        using var scope = new AssertionScope();
        foreach (var example in ExampleProgram.All.Where(example => example.Shown.Length > 0))
            printed[example.Type].Should().Be(example.Shown, example.Type);
    }

    private static void ShouldBeNone(IEnumerable<ISymbol> lacking) =>
        string.Join('\n', lacking.Select(symbol => symbol.ToDisplayString())).Should().BeEmpty();

    private static string Text(ISymbol symbol, string tag) => PublicSurface.Documentation(symbol).Element(tag)?.Value.Trim() ?? "";

    private static bool IsInherited(ISymbol symbol) => PublicSurface.Documentation(symbol).Element("inheritdoc") is not null;
}
