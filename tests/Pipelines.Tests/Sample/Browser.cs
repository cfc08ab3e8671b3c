using System.Diagnostics;

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
}

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
