using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Architecture;

public class RequireNamesTests
{
    public static TheoryData<string, Action> Kinds => new()
    {
        { "LearningRate", () => _ = new Sgd { LearningRate = 0 } },
        { "LearningRate", () => _ = new Sgd() with { LearningRate = 0 } },
        { "ClipNorm", () => _ = new Sgd { ClipNorm = 0 } },
        { "Epochs", () => _ = new StepSchedule(0) },
        { "Then", () => _ = new WarmUpSchedule(1, null!) },
        { "Std", () => _ = Initializer.Normal(-1) },
        { "weights", () => ClassWeights.Of(null!) },
        { "weights", () => ClassWeights.Of(1, -1) },
        { "height", () => Shape.Image(0, 1, 1) },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Error_OfABadValue_NamesWhatTheUserSet(string name, Action set) =>
        set.Should().Throw<ArgumentException>().Which.ParamName.Should().Be(name);

    [Fact]
    public void Calls_OutsideOfProperties_SayTheName()
    {
        // A property's own name is what the compiler fills in; that of a constructor or method is none of a value.
        var calls = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(CallsOf).ToArray();
        calls.Should().HaveCountGreaterThan(100);

        var unnamed =
            from call in calls
            where call.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not PropertyDeclarationSyntax
            where call.ArgumentList.Arguments[^1].Expression is not InvocationExpressionSyntax
            {
                Expression: IdentifierNameSyntax { Identifier.Text: "nameof" },
            }
            select $"{call.GetLocation().GetLineSpan()}: {call}";
        string.Join('\n', unnamed).Should().BeEmpty();
    }

    private static IEnumerable<InvocationExpressionSyntax> CallsOf(string file) =>
        from call in CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file).GetRoot().DescendantNodes()
            .OfType<InvocationExpressionSyntax>()
        where call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Require" } }
        select call;
}
