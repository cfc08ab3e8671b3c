using System.Diagnostics;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>The web sample as a user starts it, with a model that the image sample has just trained.</summary>
public sealed class RunningServer : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("web-serving-tests-").FullName;
    private readonly Process server;

    public RunningServer()
    {
        var model = Path.Combine(folder, "model.zip");
        using var training = Start("ImageClassification", "--epochs", "3", "--out", model);
        var output = training.StandardOutput.ReadToEnd();
        training.WaitForExit();
        if (training.ExitCode != 0)
            throw new InvalidOperationException($"The image sample failed:\n{output}");

        server = Start("WebServing", "--urls", "http://127.0.0.1:0", "--model", model);
        var listening = Lines(server.StandardOutput).First(line => line.Contains("Now listening on: ", StringComparison.Ordinal));
        Client = new HttpClient { BaseAddress = new Uri(listening.Split(": ")[1]) };
        _ = server.StandardOutput.ReadToEndAsync();   // a full pipe would stop it
    }

    public HttpClient Client { get; }

    public static string PictureOf(int digit) =>
        Directory.GetFiles(Path.Combine(FolderOf("ImageClassification"), "digits", $"{digit}"), "train-*.png").Order().First();

    internal static Process Start(string sample, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(FolderOf(sample), $"{sample}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = arguments is [],
        })!;

    public void Dispose()
    {
        Client.Dispose();
        server.Kill();
        server.WaitForExit();
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static IEnumerable<string> Lines(StreamReader output)
    {
        while (output.ReadLine() is { } line)
            yield return line;
    }

    // artifacts/bin/<project>/<configuration>/
    private static string FolderOf(string sample)
    {
        var tests = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(tests.Parent!.Parent!.FullName, sample, tests.Name);
    }
}
