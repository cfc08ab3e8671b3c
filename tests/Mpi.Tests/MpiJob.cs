using System.Diagnostics;

namespace MLNet.BatchNorm.Mpi.Tests;

/// <summary>A job of several processes that mpirun starts on this machine.</summary>
internal sealed class MpiJob : IDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private MpiJob(ProcessStartInfo start)
    {
        start.Environment["TERM"] = "dumb";   // mpirun gives each process a terminal, which .NET would greet
        start.Environment["OMPI_MCA_mpi_yield_when_idle"] = "1";   // a rank that waits leaves its processor to the others
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        process = Process.Start(start)!;
        errors = process.StandardError.ReadToEndAsync();
    }

    private static string Dotnet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string Worker => Path.Combine(AppContext.BaseDirectory, "MLNet.BatchNorm.MpiWorker.dll");

    /// <summary>What the processes wrote to their error streams, once all have ended.</summary>
    public string Errors => errors.Result;

    /// <summary>More processes than processors are allowed, and root, which is who tests in a container.</summary>
    public static MpiJob Start(int count, params string[] arguments) => new(new ProcessStartInfo(
        MpiFactAttribute.Launcher!, ["-n", $"{count}", "--oversubscribe", "--allow-run-as-root", Dotnet, Worker, .. arguments]));

    /// <summary>The same program without a launcher.</summary>
    public static MpiJob StartAlone(params string[] arguments) => new(new ProcessStartInfo(Dotnet, [Worker, .. arguments]));

    public string? ReadLine() => process.StandardOutput.ReadLine();

    /// <summary>Waits for the end, and returns the exit code and the lines that were not read yet.</summary>
    public (int ExitCode, string[] Lines) End()
    {
        var rest = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, rest.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
