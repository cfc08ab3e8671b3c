using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using MLNet.BatchNorm.Pipelines.Tests.Sample;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.WebServing.Tests.Accessibility;

/// <summary>axe-core (https://github.com/dequelabs/axe-core): a script that checks a page in a browser for what keeps people out.</summary>
internal static class AxeCore
{
    private const string Package = "axe-core@4.14.1";

    private static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "npm", Package);
    private static readonly string ScriptPath = Path.Combine(Folder, "node_modules", "axe-core", "axe.min.js");
    private static readonly Lazy<bool> IsInstalled = new(() => File.Exists(ScriptPath) || Install());

    public static string? WhyMissing => Browser.WhyMissing ?? (IsInstalled.Value ? null : $"npm could not install {Package} here.");

    /// <summary>What the page that is open does wrong as it is now, a line for each element.</summary>
    public static async Task<IEnumerable<string>> Violations(BrowserTab tab)
    {
        await tab.Evaluate(await File.ReadAllTextAsync(ScriptPath) + ";0");
        var found = await tab.Evaluate("axe.run({ resultTypes: ['violations'] }).then(result => JSON.stringify(result.violations))");
        return from rule in JsonNode.Parse(found!)!.AsArray()
               from node in rule!["nodes"]!.AsArray()
               select $"{rule["id"]}: {node!["html"]} - {node["failureSummary"]}".ReplaceLineEndings(" ");
    }

    // npm compares what it gets with the hash that the registry has of it.
    private static bool Install()
    {
        try
        {
            using var npm = Process.Start("npm", ["install", "--silent", "--no-save", "--ignore-scripts", "--prefix", Folder, Package]);
            npm.WaitForExit();
            return npm.ExitCode == 0;
        }
        catch (Win32Exception)   // there is no npm
        {
            return false;
        }
    }
}

/// <summary>A test that is skipped where there is no browser or no axe-core.</summary>
internal sealed class AxeFactAttribute : FactAttribute
{
    public AxeFactAttribute() => Skip = AxeCore.WhyMissing;
}

/// <summary>A test of pages of the documentation's site as it was last built, skipped where it was not.</summary>
internal sealed class SiteTheoryAttribute : TheoryAttribute
{
    public SiteTheoryAttribute() => Skip = AxeCore.WhyMissing
        ?? (Directory.Exists(Folder) ? null : "The site is not built (dotnet docfx docfx.json, after a build in Release).");

    public static string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "site");
}
