using System.Diagnostics;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>What a run of the sample printed, and how it ended.</summary>
internal sealed record SampleProcess(int ExitCode, string Output, string Errors)
{
    /// <summary>Folder of the built sample: beside that of the tests.</summary>
    public static string Folder { get; } = FolderOf("ImageClassification");

    /// <summary>The line that ends the output.</summary>
    public string LastLine => Output.TrimEnd().Split('\n')[^1].TrimEnd();

    /// <summary>Runs the sample as a user does and waits for its end.</summary>
    public static SampleProcess Run(params IEnumerable<string> arguments) => RunSample("ImageClassification", arguments);

    /// <summary>The same with another sample.</summary>
    public static SampleProcess RunSample(string name, params IEnumerable<string> arguments) => Run(StartOf(name, arguments));

    /// <summary>The same in another current folder, which is that of the temporary files too.</summary>
    public static SampleProcess RunIn(string folder, params IEnumerable<string> arguments)
    {
        var start = StartOf("ImageClassification", arguments);
        start.WorkingDirectory = start.Environment["TMPDIR"] = start.Environment["TMP"] = folder;   // here, and on Windows
        return Run(start);
    }

    public void ShouldHaveFailed(params string[] words)
    {
        ExitCode.Should().Be(2);
        Errors.TrimEnd().Split('\n').Should().ContainSingle("an error is one line, without a stack trace");
        Errors.Should().ContainAll(words);
    }

    private static ProcessStartInfo StartOf(string name, IEnumerable<string> arguments) =>
        new("dotnet", [Path.Combine(FolderOf(name), $"{name}.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    private static SampleProcess Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new SampleProcess(process.ExitCode, output, errors.Result);
    }

    // artifacts/bin/Pipelines.Tests/<configuration>/
    private static string FolderOf(string sample)
    {
        var tests = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(tests.Parent!.Parent!.FullName, sample, tests.Name);
    }
}
