using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNet.BatchNorm.Pipelines.Tests.Sample;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>A page in a headless chromium, driven by its DevTools protocol.</summary>
internal sealed class BrowserTab : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string profile = Directory.CreateTempSubdirectory("chromium-").FullName;
    private readonly Process process;
    private readonly ClientWebSocket socket = new();
    private int lastId;

    private BrowserTab() => process = Process.Start(new ProcessStartInfo(
        Browser.Program!, ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", $"--user-data-dir={profile}"])
    {
        RedirectStandardError = true,
    })!;

    /// <summary>What went wrong in the page: exceptions, and errors on its console.</summary>
    public List<string> Errors { get; } = [];

    public static async Task<BrowserTab> Open(Uri page)
    {
        var browser = new BrowserTab();
        const string announcement = "DevTools listening on ";
        string? line;
        do
            line = await browser.process.StandardError.ReadLineAsync();
        while (line?.StartsWith(announcement, StringComparison.Ordinal) == false);
        _ = browser.process.StandardError.ReadToEndAsync();   // a full pipe would stop it

        using var http = new HttpClient();
        var authority = new Uri(line![announcement.Length..]).Authority;
        using var answer = await http.PutAsync($"http://{authority}/json/new?about:blank", content: null);
        var tab = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        await browser.socket.ConnectAsync(new Uri((string)tab["webSocketDebuggerUrl"]!), CancellationToken.None);
        foreach (var domain in new[] { "Runtime", "Log", "Page" })
            await browser.Send($"{domain}.enable", []);
        await browser.Send("Page.navigate", new() { ["url"] = page.ToString() });
        await browser.WaitUntil("document.readyState == 'complete' && location.protocol != 'about:'");
        return browser;
    }

    /// <summary>The value of a JavaScript expression; of a promise, what it comes to.</summary>
    public async Task<string?> Evaluate(string expression)
    {
        var result = await Send(
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
        await Send(
            "Emulation.setDeviceMetricsOverride",
            new() { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await Send("Emulation.setEmulatedMedia", new()
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
            await Send("Input.dispatchDragEvent", new()
            {
                ["type"] = type,
                ["x"] = (double)place["x"]!,
                ["y"] = (double)place["y"]!,
                ["data"] = new JsonObject { ["items"] = new JsonArray(), ["files"] = new JsonArray(path), ["dragOperationsMask"] = 1 },
            });
    }

    public async Task<byte[]> Screenshot() => Convert.FromBase64String((string)(await Send("Page.captureScreenshot", []))["data"]!);

    public void Dispose()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        Directory.Delete(profile, recursive: true);
    }

    private static string VisibilityOf(string selector) => $$"""
        (element => element.checkVisibility() && element.offsetWidth > 0 && element.offsetHeight > 0)(
          document.querySelector("{{selector}}"))
        """;

    private async Task<JsonNode> Send(string method, JsonObject parameters)
    {
        var message = new JsonObject { ["id"] = ++lastId, ["method"] = method, ["params"] = parameters };
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, CancellationToken.None);
        while (true)
        {
            var answer = await Receive();
            if ((int?)answer["id"] == lastId)
                return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
            if ((string?)answer["method"] is "Runtime.exceptionThrown" or "Log.entryAdded")
                Errors.Add(answer.ToJsonString());
        }
    }

    private async Task<JsonNode> Receive()
    {
        using var message = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, CancellationToken.None);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
