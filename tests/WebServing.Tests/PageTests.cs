using MLNet.BatchNorm.Pipelines.Tests.Sample;

namespace MLNet.BatchNorm.WebServing.Tests;

public sealed class PageTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Shown = """
        (document.querySelector("#result").hidden ? "" : document.querySelector("#classes").innerText)
          + document.querySelector("#error").innerText
        """;

    [BrowserFact]
    public async Task DroppedPicture_ShowsItsClasses()
    {
        using var browser = await BrowserTab.Open(server.Client.BaseAddress!);

        await Drop(browser, await File.ReadAllBytesAsync(RunningServer.PictureOf(3)));

        (await browser.Evaluate(Shown)).Should().StartWith("3\t").And.Contain(" %");
        (await browser.Evaluate("String(document.querySelector('#preview').naturalWidth)")).Should().Be("8");
        browser.Errors.Should().BeEmpty();
        if (Environment.GetEnvironmentVariable("SCREENSHOT") is { } path)
            await File.WriteAllBytesAsync(path, await browser.Screenshot());
    }

    [BrowserFact]
    public async Task DroppedText_ShowsTheReason()
    {
        using var browser = await BrowserTab.Open(server.Client.BaseAddress!);

        await Drop(browser, "no picture at all"u8.ToArray());

        (await browser.Evaluate(Shown)).Should().Contain("are no picture");
    }

    // Drops the bytes as a file and waits until the page shows something new.
    private static Task<string?> Drop(BrowserTab browser, byte[] content) => browser.Evaluate($$"""
        new Promise(done => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob("{{Convert.ToBase64String(content)}}"), c => c.charCodeAt(0))], "dropped"));
          document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
          const isDone = () => ({{Shown}}) && (document.querySelector("#result").hidden || document.querySelector("#preview").complete);
          const wait = () => isDone() ? done() : setTimeout(wait, 20);
          wait();
        })
        """);
}
