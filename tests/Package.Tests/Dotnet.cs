using System.Diagnostics;

namespace MLNet.BatchNorm.Package.Tests;

/// <summary>Runs a program of the SDK, or one that it built, as a developer would at a prompt: not as part of CI.</summary>
internal static class Dotnet
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>What it prints; that it fails is an error with all of it.</summary>
    public static string Run(string folder, params string[] arguments) => RunProgram("dotnet", folder, arguments);

    public static string RunProgram(string program, string folder, params string[] arguments) =>
        Run(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder });

    /// <summary>The same on a machine that has nothing but the SDK: no packages, no templates.</summary>
    public static string RunAfresh(string folder, string home, params string[] arguments) => Run(new ProcessStartInfo("dotnet", arguments)
    {
        WorkingDirectory = folder,
        Environment = { ["DOTNET_CLI_HOME"] = home, ["NUGET_PACKAGES"] = Path.Combine(home, "packages") },
    });

    private static string Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        // What the process of the tests was given by its own build.
        foreach (var name in start.Environment.Keys.Where(IsOfTheBuild).ToArray())
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ran for more than {Patience}.");
        }

        process.ExitCode.Should().Be(0, "{0} {1}", output.Result, errors.Result);
        return output.Result.ReplaceLineEndings("\n");
    }

    private static bool IsOfTheBuild(string variable) =>
        variable == "CI" || variable.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase);
}
