using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>A page in a headless chromium, that nothing is known of but what it is given.</summary>
internal sealed class BrowserTab(DevTools page, Func<Task> close) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>What went wrong in the page: exceptions, and errors on its console.</summary>
    public List<string> Errors => page.Errors;

    public async Task GoTo(Uri address)
    {
        foreach (var domain in new[] { "Runtime", "Log", "Page" })
            await page.Send($"{domain}.enable", []);
        await page.Send("Page.navigate", new() { ["url"] = address.ToString() });
        await WaitUntil("document.readyState == 'complete' && location.protocol != 'about:'");
    }

    /// <summary>The value of a JavaScript expression; of a promise, what it comes to.</summary>
    public async Task<string?> Evaluate(string expression)
    {
        var result = await page.Send(
            "Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        return result["exceptionDetails"] is { } failure
            ? throw new InvalidOperationException(failure.ToJsonString())
            : result["result"]!["value"]?.ToString();
    }

    /// <summary>Waits until a JavaScript condition is true.</summary>
    public async Task WaitUntil(string condition)
    {
        for (var watch = Stopwatch.StartNew(); await Evaluate($"Boolean({condition})") != "true"; await Task.Delay(20))
            watch.Elapsed.Should().BeLessThan(Patience, condition);
    }

    /// <summary>Whether a user sees an element: not what an attribute says.</summary>
    public async Task<bool> IsVisible(string selector) => await Evaluate(VisibilityOf(selector)) == "true";

    public Task WaitUntilVisible(string selector) => WaitUntil(VisibilityOf(selector));

    /// <summary>
    /// A window of another width, and the colors that the user's system asks for; without motion, so that they are there at once.
    /// </summary>
    public async Task Show(int width, string colorScheme)
    {
        await page.Send(
            "Emulation.setDeviceMetricsOverride",
            new() { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await page.Send("Emulation.setEmulatedMedia", new()
        {
            ["features"] = new JsonArray(
                new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = colorScheme },
                new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = "reduce" }),
        });
    }

    /// <summary>Drags a file from the user's disk over the middle of an element, and drops it there.</summary>
    public async Task DropFile(string path, string selector)
    {
        var place = JsonNode.Parse((await Evaluate($$"""
            (box => JSON.stringify({ x: box.x + box.width / 2, y: box.y + box.height / 2 }))(
              document.querySelector("{{selector}}").getBoundingClientRect())
            """))!)!;
        foreach (var type in new[] { "dragEnter", "dragOver", "drop" })
            await page.Send("Input.dispatchDragEvent", new()
            {
                ["type"] = type,
                ["x"] = (double)place["x"]!,
                ["y"] = (double)place["y"]!,
                ["data"] = new JsonObject { ["items"] = new JsonArray(), ["files"] = new JsonArray(path), ["dragOperationsMask"] = 1 },
            });
    }

    public async Task<byte[]> Screenshot() => Convert.FromBase64String((string)(await page.Send("Page.captureScreenshot", []))["data"]!);

    public async ValueTask DisposeAsync()
    {
        page.Dispose();
        await close();
    }

    private static string VisibilityOf(string selector) => $$"""
        (element => element.checkVisibility() && element.offsetWidth > 0 && element.offsetHeight > 0)(
          document.querySelector("{{selector}}"))
        """;
}
