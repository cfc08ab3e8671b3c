using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>Trainings that would take hours, and are stopped.</summary>
public sealed class SampleInterruptionTests : IDisposable
{
    private const string Terminal = "script";   // runs a program in a terminal of its own
    private const int Interrupted = 130;

    private readonly string folder = Directory.CreateTempSubdirectory("interrupted-").FullName;

    private string ModelPath => Path.Combine(folder, "a.zip");

    private string[] Training => [Path.Combine(SampleProcess.Folder, "ImageClassification.dll"), "--epochs", "10000", "--out", ModelPath];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [LinuxTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Training_SignalAfterAnEpoch_EndsWithTheModelSoFar(string signal)
    {
        using var process = Start("dotnet", Training);
        var output = ReadUntil(process.StandardOutput, "epoch    1 of");

        Process.Start("kill", ["-s", signal, $"{process.Id}"]).WaitForExit();
        output += process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        process.ExitCode.Should().Be(Interrupted);
        output.Should().MatchRegex(@"Stopped after epoch [1-9]\d* of 10000").And.Contain("micro-accuracy=");
        Directory.GetFiles(folder).Should().BeEquivalentTo(ModelPath, Path.Combine(folder, "a.report.html"));
        SampleProcess.Run("predict", ModelPath, APicture()).ExitCode.Should().Be(0);
    }

    [LinuxFact]
    public void Training_ControlCInATerminal_LeavesTheCursorVisible()
    {
        const string hidden = "\e[?25l", shown = "\e[?25h";
        using var process = Start(Terminal, ["-qefc", $"dotnet {string.Join(' ', Training)}", "/dev/null"]);
        var output = ReadUntil(process.StandardOutput, "epoch    1 of");

        process.StandardInput.Write('\x03');
        process.StandardInput.Flush();
        output += process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        process.ExitCode.Should().Be(Interrupted);
        output.Should().Contain(hidden).And.Contain("Stopped after epoch");
        output.LastIndexOf(shown, StringComparison.Ordinal).Should().BeGreaterThan(output.LastIndexOf(hidden, StringComparison.Ordinal));
    }

    [LinuxFact]
    public void Training_InATerminalOf40Columns_BreaksNoLine()
    {
        using var process = Start(Terminal, ["-qefc", $"stty cols 40; dotnet {string.Join(' ', Training)}", "/dev/null"]);
        var output = ReadUntil(process.StandardOutput, "epoch    1 of");
        output += ReadUntil(process.StandardOutput, "% epoch ");
        output += process.StandardOutput.ReadLine();
        process.Kill(entireProcessTree: true);
        process.WaitForExit();

        // What is broken stays in the line when the bar is drawn anew.
        var lines = Regex.Replace(output, @"\e\[[\d;?]*[a-zA-Z]", "").Split('\r', '\n').Where(line => line.Contains(" epoch ")).ToArray();
        lines.Should().OnlyContain(line => line.Length <= 40 && Regex.IsMatch(
            line, @"^(  epoch .* loss \d\.\d{4}|.*\d% epoch .* left *)$"));
    }

    private static string APicture() => Directory.GetFiles(Path.Combine(SampleProcess.Folder, "digits", "0")).Order().First();

    private static Process Start(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    private static string ReadUntil(StreamReader stream, string text)
    {
        var read = "";
        while (!read.Contains(text))
            read += stream.Read() is var letter && letter >= 0 ? (char)letter : throw new EndOfStreamException(read);
        return read;
    }
}

/// <summary>A test of signals and terminals as Linux has them.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = LinuxTheoryAttribute.WhyNot;
}

/// <summary>The same with data.</summary>
internal sealed class LinuxTheoryAttribute : TheoryAttribute
{
    public LinuxTheoryAttribute() => Skip = WhyNot;

    public static string? WhyNot => OperatingSystem.IsLinux() ? null : "Signals and terminals are those of Linux here.";
}
