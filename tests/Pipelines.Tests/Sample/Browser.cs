using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>Chromium without a window.</summary>
internal static class Browser
{
    /// <summary>Where it is; null: not on this machine.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(_ => new[] { "chromium", "chromium-browser", "google-chrome" }, Path.Combine)
        .FirstOrDefault(File.Exists);

    public static string? WhyMissing => Program is null ? "There is no Chromium here (Debian: apt-get install chromium)." : null;

    /// <summary>Opens a page, and returns what became of its document and what the browser has to say of it.</summary>
    public static (string Document, string Console) Open(string path)
    {
        var profile = Directory.CreateTempSubdirectory("chromium-").FullName;
        try
        {
            var start = new ProcessStartInfo(Program!,
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", $"--user-data-dir={profile}", "--enable-logging=stderr",
                "--window-size=1160,900", "--virtual-time-budget=5000", "--dump-dom", new Uri(path).AbsoluteUri,
            ])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var document = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (document, string.Join('\n', errors.Result.Split('\n').Where(line => line.Contains(":CONSOLE"))));
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }

    /// <summary>Shows a page in a window of some width, narrower than a browser's own window may be.</summary>
    public static ChartMeasures MeasureCharts(string path, int width)
    {
        const string look = """
            const page = frame.contentDocument;
            const all = css => [...page.querySelectorAll(css)], box = element => element.getBoundingClientRect();
            const sizeOf = text => {
              const matrix = text.getScreenCTM();
              return parseFloat(frame.contentWindow.getComputedStyle(text).fontSize) * Math.hypot(matrix.a, matrix.b);
            };
            const isCutOff = text => {
              const inner = box(text), outer = box(text.ownerSVGElement);
              return inner.left < outer.left - 1 || inner.right > outer.right + 1
                || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
            };
            const texts = all("svg text");
            document.body.innerText = "measured" + JSON.stringify({
              Fits: page.documentElement.scrollWidth <= frame.clientWidth, Rows: new Set(all("svg.chart").map(svg => box(svg).top)).size,
              CutOff: texts.filter(isCutOff).length, IsLegible: texts.length > 0 && texts.every(text => sizeOf(text) >= 11) });
            """;
        var outer = Path.ChangeExtension(path, $".{width}.html");
        File.WriteAllText(outer, $$"""
            <!DOCTYPE html>
            <body><iframe id="frame" width="{{width}}" height="800" style="border: 0"></iframe>
            <script>
            frame.onload = () => { {{look}} };
            frame.srcdoc = {{JsonSerializer.Serialize(File.ReadAllText(path))}};
            </script></body>
            """);
        var document = Open(outer).Document;
        return JsonSerializer.Deserialize<ChartMeasures>(Regex.Match(document, "measured({.*})").Groups[1].Value)!;
    }
}

/// <summary>What a browser makes of a page with charts.</summary>
/// <param name="Fits">Nothing lies beside the page, to scroll to.</param>
/// <param name="Rows">At how many heights charts begin.</param>
/// <param name="CutOff">Texts that do not lie wholly in their picture.</param>
/// <param name="IsLegible">No text of a picture is smaller than 11 pixels.</param>
internal sealed record ChartMeasures(bool Fits, int Rows, int CutOff, bool IsLegible);

/// <summary>A test that is skipped where there is no browser.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.WhyMissing;
}

/// <summary>The same with data.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Browser.WhyMissing;
}
