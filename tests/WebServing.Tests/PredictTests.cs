using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json;

namespace MLNet.BatchNorm.WebServing.Tests;

public sealed class PredictTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly string PictureFolder = Path.Combine(AppContext.BaseDirectory, "Pictures");

    public static TheoryData<string> PictureFiles => [.. Directory.GetFiles(PictureFolder).Select(file => Path.GetFileName(file))];

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
    [InlineData("\u0089PNG\r\n", "no picture")]
    [InlineData("", "empty")]
    public async Task BadUpload_IsRefusedWithTheReason(string content, string reason)
    {
        using var response = await Post(Encoding.Latin1.GetBytes(content));

        await ShouldBeRefused(response, reason);
    }

    [Fact]
    public async Task PictureInAForm_IsRefusedWithTheReason()
    {
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(RunningServer.PictureOf(3))), "file", "3.png" },
        };

        using var response = await server.Client.PostAsync("/predict", form);

        await ShouldBeRefused(response, "not as part of a form");
    }

    [Fact]
    public async Task FormOfText_IsRefusedWithTheReason()
    {
        using var form = new FormUrlEncodedContent([new("picture", "a house")]);

        using var response = await server.Client.PostAsync("/predict", form);

        await ShouldBeRefused(response, "not as part of a form");
    }

    [Fact]
    public void MLContextLog_IsPartOfTheLogOfTheServer() => server.Log.Should().Contain(line => line.Contains("Microsoft.ML["));

    [Theory]
    [MemberData(nameof(PictureFiles))]
    public async Task PictureOfAnyFormatCutOffAnywhere_IsAnsweredOrRefused(string name)
    {
        var content = await File.ReadAllBytesAsync(Path.Combine(PictureFolder, name));
        using var whole = await Post(content);
        whole.StatusCode.Should().Be(HttpStatusCode.OK);

        foreach (var length in Enumerable.Range(0, 10).Select(tenth => content.Length * tenth / 10))
        {
            using var cutOff = await Post(content[..length]);
            cutOff.StatusCode.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.BadRequest);
        }

        Directory.GetFiles(server.TemporaryFiles, "web-serving-*").Should().BeEmpty();
    }

    [Theory]
    [InlineData("color.png", 1)]
    [InlineData("color.png", 12)]   // all pixels are there, but not the last chunk
    [InlineData("color.jpg", 2)]
    [InlineData("color.jpg", 40)]
    [InlineData("progressive.jpg", 2)]
    public async Task PictureWithoutItsEnd_IsRefusedWithTheReason(string name, int missing)
    {
        var content = await File.ReadAllBytesAsync(Path.Combine(PictureFolder, name));

        using var response = await Post(content[..^missing]);

        await ShouldBeRefused(response, "cut off");
        Directory.GetFiles(server.TemporaryFiles, "web-serving-*").Should().BeEmpty();
    }

    [Theory]
    [InlineData(7_072, 7_072)]
    [InlineData(65_535, 65_535)]
    public async Task GiganticPicture_IsRefusedBeforeItIsDecoded(int width, int height)
    {
        // A GIF says its size in two numbers of two bytes, and no checksum covers them.
        var content = await File.ReadAllBytesAsync(Path.Combine(PictureFolder, "palette.gif"));
        BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(6), (ushort)width);
        BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(8), (ushort)height);

        using var response = await Post(content);

        await ShouldBeRefused(response, $"{width} x {height}");
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
        var (error, exitCode) = RunningServer.Fail();

        exitCode.Should().Be(2);
        error.Should().Contain("--model");
    }

    [Fact]
    public void BrokenModel_SaysSoInOneLine()
    {
        var picture = RunningServer.PictureOf(3);

        var (error, exitCode) = RunningServer.Fail("--model", picture);

        exitCode.Should().Be(2);
        error.TrimEnd().Split('\n').Should().ContainSingle().Which.Should().Contain(picture);
    }

    private static async Task ShouldBeRefused(HttpResponseMessage response, string reason)
    {
        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("detail").GetString().Should().Contain(reason);
    }

    private Task<HttpResponseMessage> Post(byte[] content) => server.Client.PostAsync("/predict", new ByteArrayContent(content));

    private async Task<string> Answer(byte[] picture)
    {
        using var response = await Post(picture);
        return await response.Content.ReadAsStringAsync();
    }
}
