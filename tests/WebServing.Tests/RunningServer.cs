using System.Collections.Concurrent;
using System.Diagnostics;

namespace MLNet.BatchNorm.WebServing.Tests;

/// <summary>The web sample as a user starts it, with a model that the image sample has just trained.</summary>
public sealed class RunningServer : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("web-serving-tests-").FullName;
    private readonly Process server;

    public RunningServer()
    {
        Train(ModelPath, "--epochs", "3");
        Directory.CreateDirectory(TemporaryFiles);
        server = Start(
            "WebServing", ["--urls", "http://127.0.0.1:0", "--model", ModelPath, "--Logging:LogLevel:Microsoft.ML=Trace"], TemporaryFiles);
        var listening = new TaskCompletionSource<string>();
        server.OutputDataReceived += (_, line) =>
        {
            Log.Enqueue(line.Data ?? "");
            if (line.Data?.Split("Now listening on: ") is [_, var address])
                listening.TrySetResult(address);
        };
        server.BeginOutputReadLine();
        Client = new HttpClient { BaseAddress = new Uri(listening.Task.WaitAsync(TimeSpan.FromMinutes(1)).Result) };
    }

    public HttpClient Client { get; }

    /// <summary>What the server has printed, line by line.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>The file that the server serves.</summary>
    public string ModelPath => Path.Combine(folder, "model.zip");

    /// <summary>What the image sample reports of the training.</summary>
    public string ReportPath => Path.ChangeExtension(ModelPath, ".report.html");

    /// <summary>Where the server has its temporary files.</summary>
    public string TemporaryFiles => Path.Combine(folder, "temporary");

    public static string PictureOf(int digit) =>
        Directory.GetFiles(Path.Combine(FolderOf("ImageClassification"), "digits", $"{digit}"), "train-*.png").Order().First();

    /// <summary>Trains the image sample and saves its model there.</summary>
    internal static void Train(string modelPath, params string[] arguments) => RunImageSample([.. arguments, "--out", modelPath]);

    /// <summary>Runs the image sample to its end.</summary>
    internal static void RunImageSample(params string[] arguments)
    {
        using var sample = Start("ImageClassification", arguments);
        var output = sample.StandardOutput.ReadToEnd();
        sample.WaitForExit();
        if (sample.ExitCode != 0)
            throw new InvalidOperationException($"The image sample failed:\n{output}");
    }

    /// <summary>Starts the web sample where it is bound to fail, and returns what it says and its exit code.</summary>
    internal static (string Error, int ExitCode) Fail(params string[] arguments)
    {
        using var process = Start("WebServing", arguments, redirectsError: true);
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (error, process.ExitCode);
    }

    public void Dispose()
    {
        Client.Dispose();
        server.Kill();
        server.WaitForExit();
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static Process Start(string sample, string[] arguments, string? temporaryFiles = null, bool redirectsError = false)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(FolderOf(sample), $"{sample}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = redirectsError,
        };
        if (temporaryFiles is not null)
            start.Environment["TMPDIR"] = start.Environment["TMP"] = temporaryFiles;   // here, and on Windows
        return Process.Start(start)!;
    }

    // artifacts/bin/<project>/<configuration>/
    private static string FolderOf(string sample)
    {
        var tests = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(tests.Parent!.Parent!.FullName, sample, tests.Name);
    }
}
