using System.Reflection;
using System.Runtime.CompilerServices;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Transforms;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class ArchitectureTests
{
    private static readonly Assembly Core = typeof(Network).Assembly;
    private static readonly Assembly Transforms = typeof(BatchNormalizationTransformer).Assembly;
    private static readonly Assembly Pipelines = typeof(NeuralNetworkPredictionTransformer).Assembly;

    public static TheoryData<string> Assemblies => [Core.GetName().Name!, Transforms.GetName().Name!, Pipelines.GetName().Name!];

    [Fact]
    public void References_BetweenAssemblies_PointOneWay()
    {
        OursOf(Core).Should().BeEmpty();
        OursOf(Transforms).Should().Equal("MLNet.BatchNorm.Core");
        OursOf(Pipelines).Should().BeEquivalentTo("MLNet.BatchNorm.Core", "MLNet.BatchNorm.Transforms");

        static IEnumerable<string> OursOf(Assembly assembly) =>
            ReferencesOf(assembly).Where(name => name.StartsWith("MLNet.BatchNorm", StringComparison.Ordinal));
    }

    [Fact]
    public void References_OfCore_NeedNoMLNet() =>
        ReferencesOf(Core).Should().OnlyContain(name => name.StartsWith("System.", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void AssemblyVersion_WrittenIntoModels_IsFrozen(string name) =>
        Assembly.Load(name).GetName().Version.Should().Be(new Version(1, 0, 0, 0));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Types_OfAnAssembly_LiveInItsNamespaceOrExtendMLNet(string name)
    {
        var types = OwnTypesOf(name).Where(type => !$"{type.Namespace}.".StartsWith($"{name}.", StringComparison.Ordinal));

        // Extensions of ML.NET's catalogs are found where the catalogs are; the attribute is looked up by name by the runtime.
        types.Where(type => type.Name != "IgnoresAccessChecksToAttribute" && !IsCatalogExtension(type)).Should().BeEmpty();

        static bool IsCatalogExtension(Type type) =>
            type.Namespace == "Microsoft.ML" && type.IsPublic && type.IsDefined(typeof(ExtensionAttribute))
            && type.Name.EndsWith("Catalog", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Types_OfAnAssembly_DoNotClashWithTheRootNamespace(string name) =>
        OwnTypesOf(name).Should().NotContain(type => type.Name == "BatchNorm");

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Namespaces_OfAnAssembly_AreItsFolders(string name)
    {
        var source = Path.GetFullPath(Path.Combine(SourceFolder(), "../../src", name.Split('.')[^1]));
        var files = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories);
        files.Should().NotBeEmpty();

        foreach (var file in files)
        {
            var folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.').Trim('.');
            var found = File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal));
            var ofFolder = folder.Length == 0 ? name : $"{name}.{folder}";
            string?[] allowed = [$"namespace {ofFolder};", "namespace Microsoft.ML;", "namespace System.Runtime.CompilerServices;", null];
            found.Should().BeOneOf(allowed, file);
        }
    }

    private static IEnumerable<string> ReferencesOf(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(reference => reference.Name!);

    // Without what the compiler adds.
    private static IEnumerable<Type> OwnTypesOf(string assembly) =>
        Assembly.Load(assembly).GetTypes()
            .Where(type => !type.IsNested && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Namespace is not null
            && !type.Namespace.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)
            && !(type.Namespace.StartsWith("System.", StringComparison.Ordinal) && type.Name != "IgnoresAccessChecksToAttribute"));

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
