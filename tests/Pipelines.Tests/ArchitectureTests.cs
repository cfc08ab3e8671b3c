using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests;

public partial class ArchitectureTests
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
    public void PublicTypes_OfAnAssembly_AreInOneNamespaceOrExtendMLNet(string name)
    {
        var elsewhere = OwnTypesOf(name).Where(type => type.IsPublic && type.Namespace != "MLNet.BatchNorm");

        // Extensions of ML.NET's catalogs are found where the catalogs are.
        elsewhere.Where(type => !IsCatalogExtension(type)).Should().BeEmpty();

        static bool IsCatalogExtension(Type type) =>
            type.Namespace == "Microsoft.ML" && type.IsDefined(typeof(ExtensionAttribute))
            && type.Name.EndsWith("Catalog", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Types_OfAnAssembly_DoNotClashWithTheRootNamespace(string name) =>
        OwnTypesOf(name).Should().NotContain(type => type.Name == "BatchNorm");

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Namespaces_OfFilesWithoutPublicTypes_AreTheirFolders(string name)
    {
        var source = Path.Combine(Repository.Root, "src", name.Split('.')[^1]);
        var files = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("Interop/Build", StringComparison.Ordinal)).ToArray();
        files.Should().NotBeEmpty();

        foreach (var file in files)
        {
            var lines = File.ReadAllLines(file);
            if (lines.FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal)) is not { } found)
                continue;
            var folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.').Trim('.');
            // Kernels call each other across their folders.
            if (folder.StartsWith("Numerics.", StringComparison.Ordinal))
                folder = "Numerics";
            var isPublic = lines.Any(line => line.StartsWith("public ", StringComparison.Ordinal));
            var ofFolder = isPublic ? "MLNet.BatchNorm" : folder.Length == 0 ? name : $"{name}.{folder}";
            string[] allowed = [$"namespace {ofFolder};", "namespace Microsoft.ML;", "namespace System.Runtime.CompilerServices;"];
            found.Should().BeOneOf(allowed, file);
        }
    }

    [Fact]
    public void Lines_OfTheSources_AreNotLongerThanTheEditorConfigSays()
    {
        // dotnet format knows no max_line_length.
        var setting = File.ReadLines(Path.Combine(Repository.Root, ".editorconfig"))
            .Single(line => line.StartsWith("max_line_length", StringComparison.Ordinal));
        var limit = int.Parse(setting.Split('=')[1]);
        var files = new[] { "src", "tests", "samples", "benchmarks" }.SelectMany(folder =>
            Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)).ToArray();

        var tooLong =
            from file in files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > limit
            select $"{file}:{line.Index + 1}: {line.Item.Length} characters";

        files.Should().HaveCountGreaterThan(100);
        tooLong.Should().BeEmpty();
    }

    [Fact]
    public void Links_OfThePages_LeadSomewhere()
    {
        var pages = new[] { "", "docs", "samples", "src", "benchmarks" }.SelectMany(folder => Directory.GetFiles(
            Path.Combine(Repository.Root, folder), "*.md",
            folder.Length == 0 ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)).ToArray();

        var broken =
            from page in pages
            from link in Link().Matches(File.ReadAllText(page))
            let target = link.Groups[1].Value
            where !target.StartsWith("http", StringComparison.Ordinal)
                && !Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target))
            select $"{page}: {target}";

        pages.Should().HaveCountGreaterThan(15);
        broken.Should().BeEmpty();
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    private static IEnumerable<string> ReferencesOf(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(reference => reference.Name!);

    // Without what the compiler adds.
    private static IEnumerable<Type> OwnTypesOf(string assembly) =>
        Assembly.Load(assembly).GetTypes()
            .Where(type => !type.IsNested && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.Namespace is not null
            && !type.Namespace.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)
            && !(type.Namespace.StartsWith("System.", StringComparison.Ordinal) && type.Name != "IgnoresAccessChecksToAttribute"));
}
