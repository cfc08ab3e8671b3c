using MLNet.BatchNorm.Pipelines.Tests.Sample;

namespace MLNet.BatchNorm.WebServing.Tests;

public sealed class PageTests(RunningServer server, RunningBrowser browser)
    : IClassFixture<RunningServer>, IClassFixture<RunningBrowser>
{
    private const string TextIsBrighterThanTheGround = """
        ["color", "backgroundColor"]
          .map(name => getComputedStyle(document.body)[name].match(/\d+/g).map(Number).reduce((a, b) => a + b))
          .reduce((text, ground) => text > ground)
        """;

    [BrowserFact]
    public async Task Page_AtTheStart_ShowsNothingButThePlaceToDropAPicture()
    {
        await using var tab = await browser.Open(server.Client.BaseAddress!);

        (await tab.IsVisible("#drop")).Should().BeTrue();
        (await tab.IsVisible("#result")).Should().BeFalse();
        (await tab.IsVisible("#preview")).Should().BeFalse();
        (await tab.IsVisible("#error")).Should().BeFalse();
    }

    [BrowserTheory]
    [InlineData(390, "light")]
    [InlineData(390, "dark")]
    [InlineData(1280, "light")]
    [InlineData(1280, "dark")]
    public async Task DroppedFile_ShowsThePictureAndItsClasses(int width, string colors)
    {
        await using var tab = await browser.Open(server.Client.BaseAddress!);
        await tab.Show(width, colors);

        await tab.DropFile(RunningServer.PictureOf(3), "#drop");

        await tab.WaitUntilVisible("#result");
        (await tab.Evaluate("document.querySelector('#classes').innerText")).Should().StartWith("3\t").And.Contain(" %");
        await tab.WaitUntil("document.querySelector('#preview').naturalWidth == 8");
        (await tab.IsVisible("#preview")).Should().BeTrue();
        (await tab.IsVisible("#error")).Should().BeFalse();
        (await tab.Evaluate("document.documentElement.scrollWidth <= innerWidth")).Should().Be("true");
        (await tab.Evaluate(TextIsBrighterThanTheGround)).Should().Be(colors == "dark" ? "true" : "false");
        tab.Errors.Should().BeEmpty();
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{width}-{colors}.png"), await tab.Screenshot());
    }

    [BrowserFact]
    public async Task DroppedText_ShowsTheReasonInPlaceOfTheResultBefore()
    {
        await using var tab = await browser.Open(server.Client.BaseAddress!);
        var text = Path.Combine(server.TemporaryFiles, "text.png");
        await File.WriteAllTextAsync(text, "no picture at all");
        await tab.DropFile(RunningServer.PictureOf(3), "#drop");
        await tab.WaitUntilVisible("#result");

        await tab.DropFile(text, "#drop");

        await tab.WaitUntilVisible("#error");
        (await tab.Evaluate("document.querySelector('#error').innerText")).Should().Contain("are no picture");
        (await tab.IsVisible("#result")).Should().BeFalse();
        (await tab.IsVisible("#preview")).Should().BeFalse();
    }
}
