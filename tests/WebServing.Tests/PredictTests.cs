using System.Net;
using System.Text;
using System.Text.Json;

namespace MLNet.BatchNorm.WebServing.Tests;

public sealed class PredictTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Picture_GivesLabelAndProbabilities()
    {
        using var response = await Post(await File.ReadAllBytesAsync(RunningServer.PictureOf(3)));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        var classes = answer.GetProperty("classes").EnumerateArray()
            .Select(c => (Label: c.GetProperty("label").GetString(), Probability: c.GetProperty("probability").GetDouble())).ToArray();
        answer.GetProperty("label").GetString().Should().Be("3");
        classes[0].Label.Should().Be("3");
        classes.Select(c => c.Label).Should().BeEquivalentTo("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        classes.Select(c => c.Probability).Should().BeInDescendingOrder();
        classes.Sum(c => c.Probability).Should().BeApproximately(1, 1e-5);
    }

    [Fact]
    public async Task ManyAtOnce_AreAnsweredAsOneByOne()
    {
        var pictures = Enumerable.Range(0, 40).Select(i => File.ReadAllBytes(RunningServer.PictureOf(i % 10))).ToArray();
        var serial = new List<string>();
        foreach (var picture in pictures)
            serial.Add(await Answer(picture));

        var parallel = await Task.WhenAll(pictures.Select(Answer));

        parallel.Should().Equal(serial);
    }

    [Theory]
    [InlineData("no picture at all", "no picture")]
    [InlineData("", "empty")]
    public async Task BadUpload_IsRefusedWithTheReason(string content, string reason)
    {
        using var response = await Post(Encoding.UTF8.GetBytes(content));

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("detail").GetString().Should().Contain(reason);
    }

    [Fact]
    public async Task TooLarge_IsRefusedAsSuch()
    {
        // The client waits for the server's word before it sends the body; else it may fail to send it and not read the answer.
        var tooLarge = new byte[10 * 1024 * 1024 + 1];
        var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = new ByteArrayContent(tooLarge) };
        request.Headers.ExpectContinue = true;

        using var response = await server.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public void WithoutModel_SaysWhatIsMissing()
    {
        using var process = RunningServer.Start("WebServing");
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        process.ExitCode.Should().Be(2);
        error.Should().Contain("--model");
    }

    private Task<HttpResponseMessage> Post(byte[] content) => server.Client.PostAsync("/predict", new ByteArrayContent(content));

    private async Task<string> Answer(byte[] picture)
    {
        using var response = await Post(picture);
        return await response.Content.ReadAsStringAsync();
    }
}
