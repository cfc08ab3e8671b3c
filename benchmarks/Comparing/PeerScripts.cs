using System.Diagnostics;
using MLNet.BatchNorm.Benchmarks.Measuring;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>Runs the peers' benchmark scripts and reads the figures they print.</summary>
internal sealed class PeerScripts(DirectoryInfo folder)
{
    // Debian's PyTorch is not on a python that stands earlier on the PATH.
    private const string Python = "/usr/bin/python3";

    /// <summary>Every configuration of every peer that knows the workload.</summary>
    public IEnumerable<Measurement> Run(string workload, int threads) => workload switch
    {
        "infer_single" => [],   // ONNX Runtime in this process is faster than PyTorch
        "mlp_classifier" => Script("sklearn_bench.py", workload, threads),
        // PyTorch leaves convolutions to oneDNN, which asks none of the settings but those of malloc.
        "conv_3x3" or "conv_1x1" or "conv_stride2" => Script(OurScript("torch_conv.py"), workload, threads, "--config", "tuned512"),
        "sgemm_narrow" or "small_batch_train" => Torch(workload, threads, OurScript("torch_small.py")),
        "resnet18_train" or "resnet18_infer" => Torch(workload, threads, OurScript("torch_resnet.py")),
        "sgemm" => [.. Script("sklearn_bench.py", workload, threads), .. Torch(workload, threads)],
        _ => Torch(workload, threads),
    };

    /// <summary>For which processor the peers' OpenBLAS takes its kernels; null where that cannot be found out.</summary>
    public string? OpenBlasCore(int threads) =>
        Lines(Python, [OurScript("blas_core.py"), "--threads", $"{threads}"]).FirstOrDefault();

    private IEnumerable<Measurement> Torch(string workload, int threads, string script = "torch_bench.py") =>
        new[] { "tuned", "tuned512", "stock" }.SelectMany(config => Script(script, workload, threads, "--config", config));

    private IEnumerable<Measurement> Script(string script, string workload, int threads, params string[] more) =>
        Lines(
            Python,
            [
                script, "--threads", $"{threads}", "--workload", workload,
                "--repeats", $"{PeerComparison.RepeatsOfRound}", .. more,
            ])
            .Select(Measurement.Parse).OfType<Measurement>();

    private static string OurScript(string name) => Path.Combine(AppContext.BaseDirectory, "Peers", name);

    private IEnumerable<string> Lines(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder.FullName,
        })!;
        try
        {
            while (process.StandardOutput.ReadLine() is { } line)
                yield return line;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
            process.WaitForExit();
        }
    }
}
