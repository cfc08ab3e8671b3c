using System.Globalization;
using System.Runtime.InteropServices;
using MLNet.BatchNorm;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.InstructionCounts;

const double tolerance = 0.03;
const string project = "dotnet run -c Release --project tests/InstructionCounts";
switch (args)
{
    case ["run-kernels"]:
        NumericsThreads.Max = 1;
        return SteppedProcess.RunKernels();
    case [] or ["record"]:
        break;
    default:
        Console.Error.WriteLine($"usage: {project} [-- record]");
        return 2;
}

if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
{
    Console.WriteLine("Instructions are not counted: that needs Linux on x64.");
    return 0;
}

var runtime = RuntimeInformation.FrameworkDescription;
var counts = new List<KernelCount>();
foreach (var lanes in (int[])[16, 8])
{
    if (Simd.Lanes < lanes)
    {
        Console.WriteLine($"Instructions of vectors of {lanes} lanes are not counted: this processor has none.");
        continue;
    }

    var settings = new Dictionary<string, string>
    {
        ["DOTNET_TieredCompilation"] = "0",   // compiled once and fully, without a profile: the same each time
        ["DOTNET_ReadyToRun"] = "0",
        ["DOTNET_EnableAVX512"] = lanes == 16 ? "1" : "0",
        // One way to copy and clear memory for the processors of all makers.
        ["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX512VL,-ERMS,-FSRM",
    };
    if (SteppedProcess.Count(["run-kernels"], settings) is not { } found)
    {
        Console.WriteLine("Instructions are not counted: this system does not let one process step another (ptrace).");
        return 0;
    }

    counts.AddRange(Kernels.All().Zip(found, (kernel, count) => new KernelCount(lanes, runtime, kernel.Name, count)));
}

if (counts.Count == 0)
    return 0;
if (args is ["record"])
{
    CountFile.Record(counts);
    return 0;
}

var recorded = CountFile.Read();
var measured = counts.Select(count => count.Lanes).ToHashSet();
var differences = counts.Select(count => (count.Lanes, count.Kernel)).Union(recorded.Select(count => (count.Lanes, count.Kernel)))
    .Where(key => measured.Contains(key.Lanes))
    .Select(key => Difference(Find(recorded, key), Find(counts, key)))
    .OfType<string>().ToArray();
foreach (var difference in differences)
    Console.WriteLine(difference);
if (differences.Length == 0)
{
    Console.WriteLine($"{counts.Count} counts of instructions, all within {tolerance:P0} of those recorded.");
    return 0;
}

Console.WriteLine($"""
    More instructions are a slip, unless what they do is worth it; fewer are a gain to keep.
    Where the change is meant, record the counts anew: {project} -- record
    This is {runtime}: where another one was recorded, another compiler makes other instructions.
    """);
return 1;

static KernelCount? Find(IEnumerable<KernelCount> counts, (int Lanes, string Kernel) key) =>
    counts.FirstOrDefault(count => (count.Lanes, count.Kernel) == key);

static string? Difference(KernelCount? before, KernelCount? now)
{
    if (before is null || now is null)
        return before is null ? $"{now}, and none recorded" : $"{before} recorded, and no such kernel";
    var growth = now.Instructions / (double)before.Instructions - 1;
    return Math.Abs(growth) <= tolerance
        ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"{now}, recorded {before.Instructions} with {before.Runtime}: {growth:+0.0 %;-0.0 %}");
}
