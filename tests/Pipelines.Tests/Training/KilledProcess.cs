using System.Diagnostics;
using System.Globalization;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A program that writes files until it is killed, as by a power cut, but for what the disk itself may lose.</summary>
internal static class KilledProcess
{
    /// <summary>How often a test kills: 10 times, or as KILLS in the environment says.</summary>
    public static int Kills { get; } =
        int.Parse(Environment.GetEnvironmentVariable("KILLS") ?? "10", CultureInfo.InvariantCulture);

    /// <summary>Waits for some lines and then some more, kills, and returns the numbers that were printed.</summary>
    public static List<int> RunUntilKilled(string[] arguments, int lines, TimeSpan then)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var printed = new List<int>();
        while (printed.Count < lines && process.StandardOutput.ReadLine() is { } line)
            printed.Add(int.Parse(line, CultureInfo.InvariantCulture));
        Thread.Sleep(then);
        process.Kill();
        var rest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        errors.Result.Should().BeEmpty();
        string[] whole = rest.EndsWith('\n') ? rest.TrimEnd().Split('\n') : [.. rest.Split('\n').SkipLast(1)];
        printed.AddRange(whole.Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
        return printed;
    }

    /// <summary>Runs to the end.</summary>
    public static void Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        errors.Result.Should().BeEmpty();
    }

    /// <summary>Starts it; a mode and its arguments.</summary>
    public static Process Start(string[] arguments)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var writer = Path.Combine(AppContext.BaseDirectory, "MLNet.BatchNorm.CheckpointWriter.dll");
        return Process.Start(
            new ProcessStartInfo(dotnet, [writer, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
