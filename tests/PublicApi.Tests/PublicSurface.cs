using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>What users can reach, with the documentation that lies beside the assemblies and that the site is built from.</summary>
internal static class PublicSurface
{
    private static readonly string[] Assemblies =
    [
        .. new[] { "Core", "Transforms", "Pipelines", "Mpi" }
            .Select(name => Path.Combine(AppContext.BaseDirectory, $"MLNet.BatchNorm.{name}.dll")),
    ];

    private static readonly Dictionary<string, XElement> Documented = Assemblies
        .SelectMany(path => XDocument.Load(Path.ChangeExtension(path, ".xml"), LoadOptions.PreserveWhitespace).Descendants("member"))
        .ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>The public types, by name.</summary>
    public static IReadOnlyList<INamedTypeSymbol> Types { get; } = FindTypes();

    /// <summary>
    /// The members that somebody has written. What the compiler adds to a record is not among them, nor are constructors without
    /// arguments, which every class has, and those of records, whose arguments are documented with the type.
    /// </summary>
    public static IReadOnlyList<ISymbol> Members { get; } =
        [.. Types.SelectMany(type => type.GetMembers().Where(member => IsReachable(member) && IsWritten(member, type)))];

    /// <summary>The documentation of a type or member; empty if it has none.</summary>
    public static XElement Documentation(ISymbol symbol) =>
        Documented.GetValueOrDefault(symbol.GetDocumentationCommentId()!) ?? new XElement("member");

    private static INamedTypeSymbol[] FindTypes()
    {
        var compilation = CSharpCompilation.Create("Surface", references: Compiler.References);
        return
        [
            .. Compiler.References.Where(reference => Assemblies.Contains(reference.Display))
                .Select(reference => (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(reference)!)
                .SelectMany(assembly => TypesIn(assembly.GlobalNamespace))
                .Where(type => type.DeclaredAccessibility == Accessibility.Public)
                .OrderBy(type => type.Name, StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceSymbol space) =>
        space.GetTypeMembers().Concat(space.GetNamespaceMembers().SelectMany(TypesIn));

    private static bool IsReachable(ISymbol member) =>
        member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected && member.CanBeReferencedByName
        || member is IMethodSymbol { MethodKind: MethodKind.Conversion or MethodKind.UserDefinedOperator or MethodKind.Constructor }
            && member.DeclaredAccessibility == Accessibility.Public
        || member is IPropertySymbol { IsIndexer: true, DeclaredAccessibility: Accessibility.Public };

    private static bool IsWritten(ISymbol member, INamedTypeSymbol type) =>
        member.GetAttributes().All(attribute => attribute.AttributeClass?.Name != nameof(CompilerGeneratedAttribute))
        && member is not IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet }
        && (member is not IMethodSymbol { MethodKind: MethodKind.Constructor } constructor
            || !type.IsRecord && constructor.Parameters.Length > 0);
}
