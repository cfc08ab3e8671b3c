using System.IO.Compression;
using System.Xml.Linq;

namespace MLNet.BatchNorm.Package.Tests;

/// <summary>What NuGet shows of the packages, and what is in them.</summary>
public sealed class PackageTests
{
    private const int LongestReleaseNotes = 35_000;   // NuGet's limit

    [Fact]
    public void Pack_Everything_GivesEveryPackageAndItsSymbols()
    {
        Packed.Packages.Select(NameOf).Should().BeEquivalentTo(
            "MLNet.BatchNorm.Core", "MLNet.BatchNorm.Transforms", "MLNet.BatchNorm", "MLNet.BatchNorm.Mpi");
        Directory.GetFiles(Packed.Folder, "*.snupkg").Select(NameOf).Should().BeEquivalentTo(Packed.Packages.Select(NameOf));
    }

    [Fact]
    public void Package_Each_SaysWhatNuGetShows()
    {
        foreach (var package in Packed.Packages)
        {
            string Value(string name) => Metadata(package).Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value ?? "";
            Value("readme").Should().Be("README.md", NameOf(package));
            Value("icon").Should().Be("icon.png", NameOf(package));
            Value("license").Should().Be("MIT", NameOf(package));
            Value("tags").Should().Contain("batch-normalization", NameOf(package));
            Value("releaseNotes").Should().StartWith("## ").And.Match(notes => notes.Length < LongestReleaseNotes, NameOf(package));
        }
    }

    [Fact]
    public void Package_Each_HasOneAssemblyOfOursWithItsDocumentation()
    {
        foreach (var package in Packed.Packages)
            Entries(package, "lib/").Select(Path.GetExtension).Should().BeEquivalentTo(".dll", ".xml");
        foreach (var symbols in Directory.GetFiles(Packed.Folder, "*.snupkg"))
            Entries(symbols, "lib/").Select(Path.GetExtension).Should().BeEquivalentTo(".pdb");
    }

    [Fact]
    public void Package_Each_AsksForTheOthersInTheVersionThatWasPackedAndForMicrosoftMLBelowTheNextMajorOne()
    {
        var versions = Packed.Packages.ToDictionary(
            NameOf, package => Path.GetFileNameWithoutExtension(package)[(NameOf(package).Length + 1)..]);
        foreach (var package in Packed.Packages)
            foreach (var dependency in Metadata(package).Descendants().Where(e => e.Name.LocalName == "dependency"))
            {
                var (id, version) = (dependency.Attribute("id")!.Value, dependency.Attribute("version")!.Value);
                if (versions.TryGetValue(id, out var ours))
                    version.Should().Be(ours, "{0} asks for {1}", NameOf(package), id);
                else if (id == "Microsoft.ML")
                    version.Should().Be("[5.0.1, 6.0.0)", NameOf(package));
            }
    }

    [Fact]
    public void Version_OfAPackagePackedHere_IsNoOneThatNuGetMayHaveInItsCache() =>
        Packed.Packages.Should().OnlyContain(package => Path.GetFileName(package).Contains("-local.h", StringComparison.Ordinal));

    private static string NameOf(string package) =>
        string.Join('.', Path.GetFileName(package).Split('.').TakeWhile(part => !char.IsDigit(part[0])));

    private static IEnumerable<string> Entries(string package, string folder)
    {
        using var zip = ZipFile.OpenRead(package);
        return [.. zip.Entries.Select(entry => entry.FullName).Where(name => name.StartsWith(folder, StringComparison.Ordinal))];
    }

    private static XElement Metadata(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        using var nuspec = zip.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(nuspec).Root!.Elements().Single();
    }
}
