using System.Diagnostics;
using MLNet.BatchNorm.Pipelines.Tests.Sample;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>
/// A headless chromium for the tests of a class, started with the first page: starting takes longer than most of them. Each page is
/// opened as in a new browser.
/// </summary>
public sealed class RunningBrowser : IAsyncLifetime
{
    private readonly string profile = Directory.CreateTempSubdirectory("chromium-").FullName;
    private Process? process;
    private DevTools? connection;
    private Uri? address;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        connection?.Dispose();
        process?.Kill(entireProcessTree: true);
        process?.WaitForExit();
        process?.Dispose();
        Directory.Delete(profile, recursive: true);
        return Task.CompletedTask;
    }

    internal async Task<BrowserTab> Open(Uri page)
    {
        if (connection is null)
            await Start();
        var context = (string)(await connection!.Send("Target.createBrowserContext", []))["browserContextId"]!;
        var target = await connection.Send(
            "Target.createTarget", new() { ["url"] = "about:blank", ["browserContextId"] = context, ["newWindow"] = true });
        var tab = new BrowserTab(
            await DevTools.Connect(new Uri(address!, $"/devtools/page/{(string)target["targetId"]!}")),
            () => connection.Send("Target.disposeBrowserContext", new() { ["browserContextId"] = context }));
        await tab.GoTo(page);
        return tab;
    }

    private async Task Start()
    {
        process = Process.Start(new ProcessStartInfo(
            Browser.Program!,
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", $"--user-data-dir={profile}"])
        {
            RedirectStandardError = true,
        })!;
        const string announcement = "DevTools listening on ";
        string? line;
        do
            line = await process.StandardError.ReadLineAsync();
        while (line?.StartsWith(announcement, StringComparison.Ordinal) == false);
        _ = process.StandardError.ReadToEndAsync();   // a full pipe would stop it
        address = new Uri(line![announcement.Length..]);
        connection = await DevTools.Connect(address);
    }
}
