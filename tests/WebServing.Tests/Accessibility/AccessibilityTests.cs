using System.Globalization;

namespace MLNet.BatchNorm.WebServing.Tests.Accessibility;

/// <summary>
/// Every kind of page that we make, in light and dark, as wide as a telephone and as a desk: axe-core finds nothing, and nothing lies
/// beside the page.
/// </summary>
public sealed class AccessibilityTests(RunningServer server, RunningBrowser browser)
    : IClassFixture<RunningServer>, IClassFixture<RunningBrowser>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("accessibility-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [AxeFact]
    public async Task Report_HasNoFault()
    {
        await using var tab = await browser.Open(new Uri(server.ReportPath));

        (await FaultsOf(tab)).Should().BeEmpty();
    }

    [AxeFact]
    public async Task Report_AsWideAsATelephone_HasNoTextBelowElevenPixels()
    {
        await using var tab = await browser.Open(new Uri(server.ReportPath));
        await tab.Show(390, "light");

        var smallest = await tab.Evaluate("""
            Math.min(...[...document.querySelectorAll("body *")]
              .filter(element => element.checkVisibility() && [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim()))
              .map(element => {
                const matrix = element.getScreenCTM?.() ?? { a: 1, b: 0 };
                return parseFloat(getComputedStyle(element).fontSize) * Math.hypot(matrix.a, matrix.b);
              }))
            """);

        double.Parse(smallest!, CultureInfo.InvariantCulture).Should().BeGreaterThanOrEqualTo(11);
    }

    [AxeFact]
    public async Task Study_HasNoFault()
    {
        RunningServer.RunImageSample("study", "gradients", "--out", folder);
        await using var tab = await browser.Open(new Uri(Path.Combine(folder, "report.html")));

        (await FaultsOf(tab)).Should().BeEmpty();
    }

    [AxeFact]
    public async Task WebPage_AtTheStart_HasNoFault()
    {
        await using var tab = await browser.Open(server.Client.BaseAddress!);

        (await FaultsOf(tab)).Should().BeEmpty();
    }

    [AxeFact]
    public async Task WebPage_AfterAPrediction_HasNoFault()
    {
        await using var tab = await browser.Open(server.Client.BaseAddress!);
        await tab.DropFile(RunningServer.PictureOf(3), "#drop");
        await tab.WaitUntilVisible("#result");

        (await FaultsOf(tab)).Should().BeEmpty();
    }

    [AxeFact]
    public async Task WebPage_WithAnError_HasNoFault()
    {
        var text = Path.Combine(folder, "text.png");
        await File.WriteAllTextAsync(text, "no picture at all");
        await using var tab = await browser.Open(server.Client.BaseAddress!);
        await tab.DropFile(text, "#drop");
        await tab.WaitUntilVisible("#error");

        (await FaultsOf(tab)).Should().BeEmpty();
    }

    [SiteTheory]
    [InlineData("README.html")]
    [InlineData("docs/guide/training.html")]
    [InlineData("docs/guide/why-batch-norm.html")]
    [InlineData("docs/tutorials/tabular-data.html")]
    [InlineData("docs/layers.html")]
    [InlineData("docs/components/neural-network-options.html")]
    [InlineData("api/MLNet.BatchNorm.html")]
    [InlineData("api/MLNet.BatchNorm.Network.html")]
    public async Task PageOfTheSite_HasNoFault(string page)
    {
        using var site = new FileServer(SiteTheoryAttribute.Folder);
        await using var tab = await browser.Open(new Uri(site.Address, page));
        await tab.WaitUntil("window.docfx?.ready");

        (await FaultsOf(tab)).Should().BeEmpty();
    }

    [AxeFact]
    public async Task PageWithFaults_HasThemInEveryForm()
    {
        var page = Path.Combine(folder, "page.html");
        await File.WriteAllTextAsync(page, """
            <!DOCTYPE html>
            <html lang="en">
            <head><title>Faults</title><style>@media (prefers-color-scheme: dark) { p { color: #eee } }</style></head>
            <body><main><h1>Faults</h1><p style="width: 500px">light on light</p><img src="data:,"></main></body>
            </html>
            """);
        await using var tab = await browser.Open(new Uri(page));

        (await FaultsOf(tab)).Select(fault => fault.Split(':')[..2]).Select(fault => string.Join(':', fault)).Should().Equal(
            "390 light: image-alt", "390 light: wider than the window", "390 dark: color-contrast", "390 dark: image-alt",
            "390 dark: wider than the window", "1280 light: image-alt", "1280 dark: color-contrast", "1280 dark: image-alt");
    }

    private static async Task<List<string>> FaultsOf(BrowserTab tab)
    {
        var faults = new List<string>();
        await tab.Evaluate("document.querySelectorAll('details').forEach(details => details.open = true)");
        foreach (var width in new[] { 390, 1280 })
            foreach (var colors in new[] { "light", "dark" })
            {
                await tab.Show(width, colors);
                faults.AddRange((await AxeCore.Violations(tab)).Select(fault => $"{width} {colors}: {fault}"));
                if (await tab.Evaluate("document.documentElement.scrollWidth > innerWidth") == "true")
                    faults.Add($"{width} {colors}: wider than the window");
            }

        return faults;
    }
}
