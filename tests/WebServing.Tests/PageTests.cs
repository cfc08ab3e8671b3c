using MLNet.BatchNorm.Pipelines.Tests.Sample;

namespace MLNet.BatchNorm.WebServing.Tests;

public sealed class PageTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string TextIsBrighterThanTheGround = """
        ["color", "backgroundColor"]
          .map(name => getComputedStyle(document.body)[name].match(/\d+/g).map(Number).reduce((a, b) => a + b))
          .reduce((text, ground) => text > ground)
        """;

    [BrowserFact]
    public async Task Page_AtTheStart_ShowsNothingButThePlaceToDropAPicture()
    {
        using var browser = await BrowserTab.Open(server.Client.BaseAddress!);

        (await browser.IsVisible("#drop")).Should().BeTrue();
        (await browser.IsVisible("#result")).Should().BeFalse();
        (await browser.IsVisible("#preview")).Should().BeFalse();
        (await browser.IsVisible("#error")).Should().BeFalse();
    }

    [BrowserTheory]
    [InlineData(390, "light")]
    [InlineData(390, "dark")]
    [InlineData(1280, "light")]
    [InlineData(1280, "dark")]
    public async Task DroppedFile_ShowsThePictureAndItsClasses(int width, string colors)
    {
        using var browser = await BrowserTab.Open(server.Client.BaseAddress!);
        await browser.Show(width, colors);

        await browser.DropFile(RunningServer.PictureOf(3), "#drop");

        await browser.WaitUntilVisible("#result");
        (await browser.Evaluate("document.querySelector('#classes').innerText")).Should().StartWith("3\t").And.Contain(" %");
        await browser.WaitUntil("document.querySelector('#preview').naturalWidth == 8");
        (await browser.IsVisible("#preview")).Should().BeTrue();
        (await browser.IsVisible("#error")).Should().BeFalse();
        (await browser.Evaluate("document.documentElement.scrollWidth <= innerWidth")).Should().Be("true");
        (await browser.Evaluate(TextIsBrighterThanTheGround)).Should().Be(colors == "dark" ? "true" : "false");
        browser.Errors.Should().BeEmpty();
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{width}-{colors}.png"), await browser.Screenshot());
    }

    [BrowserFact]
    public async Task DroppedText_ShowsTheReasonInPlaceOfTheResultBefore()
    {
        using var browser = await BrowserTab.Open(server.Client.BaseAddress!);
        var text = Path.Combine(server.TemporaryFiles, "text.png");
        await File.WriteAllTextAsync(text, "no picture at all");
        await browser.DropFile(RunningServer.PictureOf(3), "#drop");
        await browser.WaitUntilVisible("#result");

        await browser.DropFile(text, "#drop");

        await browser.WaitUntilVisible("#error");
        (await browser.Evaluate("document.querySelector('#error').innerText")).Should().Contain("are no picture");
        (await browser.IsVisible("#result")).Should().BeFalse();
        (await browser.IsVisible("#preview")).Should().BeFalse();
    }
}
