using System.Diagnostics;
using System.Text.Json;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>A server of its own, since its model changes.</summary>
public sealed class ModelReplacementTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(200);   // that of ModelEngines

    private readonly RunningServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task ReplacedModel_IsTakenUpAndABrokenOneIsNot()
    {
        (await Classes()).Should().HaveCount(10);

        RunningServer.Train(server.ModelPath, "--images", FolderOf(0, 1), "--gray", "--size", "8", "--epochs", "2", "--batch", "8");
        await Until(async () => (await Classes()).Length == 2);

        await File.WriteAllTextAsync(server.ModelPath, new string('?', 1_000));
        await Until(() => Task.FromResult(Warning() is not null));

        Warning().Should().ContainAll(server.ModelPath, "Central Directory");   // of a zip file
        (await Classes()).Should().BeEquivalentTo("0", "1");
    }

    [Fact]
    public async Task ModelWrittenInManySteps_IsLoadedOnceItIsComplete()
    {
        var content = await File.ReadAllBytesAsync(server.ModelPath);
        var pauses = 0;   // of a busy machine: then the file does look complete

        await using (var file = File.Create(server.ModelPath))
            foreach (var part in content.Chunk(content.Length / 20))
            {
                var watch = Stopwatch.StartNew();
                file.Write(part);
                await file.FlushAsync();
                await Task.Delay(10);
                pauses += watch.Elapsed > QuietTime / 2 ? 1 : 0;
            }

        await Until(() => Task.FromResult(Loads("anew") > 0));
        await Task.Delay(5 * QuietTime);   // another one would come now
        (Loads("anew") + Loads("cannot be loaded")).Should().BeLessThanOrEqualTo(1 + pauses);
    }

    private int Loads(string outcome) => server.Log.Count(line => line.Contains(outcome, StringComparison.Ordinal));

    private static async Task Until(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); !await condition(); await Task.Delay(50))
            watch.Elapsed.Should().BeLessThan(Patience);
    }

    private string? Warning() => server.Log.FirstOrDefault(line => line.Contains("cannot be loaded", StringComparison.Ordinal));

    private async Task<string[]> Classes()
    {
        using var picture = new ByteArrayContent(await File.ReadAllBytesAsync(RunningServer.PictureOf(0)));
        using var response = await server.Client.PostAsync("/predict", picture);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        return [.. answer.GetProperty("classes").EnumerateArray().Select(each => each.GetProperty("label").GetString()!)];
    }

    // Some of the sample's digits, as pictures of one's own.
    private string FolderOf(params int[] digits)
    {
        var folder = Path.Combine(server.TemporaryFiles, "digits");
        foreach (var digit in digits)
        {
            var pictures = Directory.CreateDirectory(Path.Combine(folder, $"{digit}"));
            foreach (var file in new FileInfo(RunningServer.PictureOf(digit)).Directory!.GetFiles("*.png").Take(20))
                file.CopyTo(Path.Combine(pictures.FullName, file.Name));
        }

        return folder;
    }
}
