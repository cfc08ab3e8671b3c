using System.Runtime.InteropServices;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>
/// The checksums in Goldens/training-checksums.csv, one for each number of lanes and training. tests/record-checksums writes them.
/// </summary>
internal static class TrainingChecksums
{
    private static readonly string Path = System.IO.Path.Combine(
        Repository.Root, "tests", "Core.Tests", "Goldens", "training-checksums.csv");

    private static bool IsRecording => Environment.GetEnvironmentVariable("RECORD_CHECKSUMS") == "1";

    /// <summary>Compares with what is recorded for this number of lanes, or records it.</summary>
    public static void ShouldBe(string training, string checksum)
    {
        var key = $"{Simd.Lanes},{training},";
        var lines = File.Exists(Path) ? File.ReadAllLines(Path) : [];
        if (IsRecording)
        {
            var others = lines.Where(line => !line.StartsWith(key, StringComparison.Ordinal));
            File.WriteAllLines(Path, others.Append(key + checksum).Order(StringComparer.Ordinal));
            return;
        }

        lines.Should().Contain(
            key + checksum,
            "the weights and statistics of this training must not change by a bit. Where a change of rounding is meant, CHANGELOG says so "
            + "and tests/record-checksums records the new bits; where none is, look for what depends on the processor");
    }
}

/// <summary>
/// A test of recorded checksums. They are of Linux on x64: exp, log, pow and cos of another C library may round another way, and vectors of
/// four lanes multiply and add in one rounding on ARM, in two on x64.
/// </summary>
internal sealed class RecordedChecksumTheoryAttribute : TheoryAttribute
{
    public RecordedChecksumTheoryAttribute()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64)
            Skip = "Checksums are recorded on Linux on x64.";
    }
}
