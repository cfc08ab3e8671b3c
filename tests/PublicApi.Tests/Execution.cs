using System.Diagnostics;

namespace MLNet.BatchNorm.PublicApi.Tests;

/// <summary>Runs a page's program in a process and a folder of its own.</summary>
internal static class Execution
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>What it prints; that it fails is an error with what it has to say.</summary>
    public static string Run(PageProgram program)
    {
        // Beside the tests: their packages are its packages.
        var name = $"snippet-{Guid.NewGuid():N}";
        var assembly = Path.Combine(AppContext.BaseDirectory, $"{name}.dll");
        var folder = Directory.CreateTempSubdirectory(name);
        try
        {
            Compiler.Emit(program, assembly);
            foreach (var file in program.Files)
                File.Copy(Path.Combine(Repository.Root, file), Path.Combine(folder.FullName, Path.GetFileName(file)));
            return Run(assembly, folder.FullName);
        }
        finally
        {
            File.Delete(assembly);
            folder.Delete(recursive: true);
        }
    }

    private static string Run(string assembly, string folder)
    {
        var tests = Path.Combine(AppContext.BaseDirectory, typeof(Execution).Assembly.GetName().Name!);
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", ["exec", "--depsfile", $"{tests}.deps.json", "--runtimeconfig", $"{tests}.runtimeconfig.json", assembly])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            throw new TimeoutException($"It ran for more than {Patience}.");
        }

        process.ExitCode.Should().Be(0, errors.Result);
        return output.Result.ReplaceLineEndings("\n");
    }
}
