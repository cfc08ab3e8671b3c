using System.Diagnostics;
using System.Text.RegularExpressions;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>
/// Trainings that would take hours, and are stopped. One that does not stop is ended after <see cref="Patience"/>, and the test fails.
/// </summary>
public sealed class SampleInterruptionTests : IDisposable
{
    private const string Terminal = "script";   // runs a program in a terminal of its own
    private const int Interrupted = 130;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string folder = Directory.CreateTempSubdirectory("interrupted-").FullName;

    private string ModelPath => Path.Combine(folder, "a.zip");

    private string[] Training => [Path.Combine(SampleProcess.Folder, "ImageClassification.dll"), "--epochs", "10000", "--out", ModelPath];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [LinuxTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Training_SignalAfterAnEpoch_EndsWithTheModelSoFar(string signal)
    {
        using var training = new TimedProcess(Patience, "dotnet", Training);
        var output = training.ReadUntil("epoch    1 of");

        Process.Start("kill", ["-s", signal, $"{training.Id}"]).WaitForExit();
        var (rest, exitCode) = training.ReadToEnd();
        output += rest;

        exitCode.Should().Be(Interrupted);
        output.Should().MatchRegex(@"Stopped after epoch [1-9]\d* of 10000").And.Contain("micro-accuracy=");
        Directory.GetFiles(folder).Should().BeEquivalentTo(ModelPath, Path.Combine(folder, "a.report.html"));
        SampleProcess.Run("predict", ModelPath, APicture()).ExitCode.Should().Be(0);
    }

    [LinuxFact]
    public void Training_ControlCInATerminal_LeavesTheCursorVisible()
    {
        const string hidden = "\e[?25l", shown = "\e[?25h";
        using var training = new TimedProcess(Patience, Terminal, "-qefc", $"dotnet {string.Join(' ', Training)}", "/dev/null");
        var output = training.ReadUntil("epoch    1 of");

        training.Write('\x03');
        var (rest, exitCode) = training.ReadToEnd();
        output += rest;

        exitCode.Should().Be(Interrupted);
        output.Should().Contain(hidden).And.Contain("Stopped after epoch");
        output.LastIndexOf(shown, StringComparison.Ordinal).Should().BeGreaterThan(output.LastIndexOf(hidden, StringComparison.Ordinal));
    }

    [LinuxFact]
    public void Training_InATerminalOf40Columns_BreaksNoLine()
    {
        using var training = new TimedProcess(
            Patience, Terminal, "-qefc", $"stty cols 40; dotnet {string.Join(' ', Training)}", "/dev/null");
        var output = training.ReadUntil("epoch    1 of");
        output += training.ReadUntil("% epoch ");
        output += training.ReadUntil("\n");

        // What is broken stays in the line when the bar is drawn anew.
        var lines = Regex.Replace(output, @"\e\[[\d;?]*[a-zA-Z]", "").Split('\r', '\n').Where(line => line.Contains(" epoch ")).ToArray();
        lines.Should().OnlyContain(line => line.Length <= 40 && Regex.IsMatch(
            line, @"^(  epoch .* loss \d\.\d{4}|.*\d% epoch .* left *)$"));
    }

    private static string APicture() => Directory.GetFiles(Path.Combine(SampleProcess.Folder, "digits", "0")).Order().First();
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
