using System.Runtime.Intrinsics.X86;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>
/// Whether peers that multiply with OpenBLAS are measured at their best. One that is older than the processor does not know it, and takes
/// kernels of SSE, which are four to five times too slow.
/// </summary>
internal static class OpenBlasKernels
{
    // Of https://github.com/OpenMathLib/OpenBLAS, driver/others/dynamic.c, those with AVX2 or more.
    private static readonly string[] Wide = ["Excavator", "Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids"];

    /// <summary>Throws where the machine has AVX2 and the peers do not use it.</summary>
    /// <param name="core">What OpenBLAS calls the processor that its kernels are for; null if that cannot be found out.</param>
    public static void RequireFair(string? core)
    {
        if (core is not null && Avx2.IsSupported && !Wide.Contains(core, StringComparer.OrdinalIgnoreCase))
            throw new InvalidOperationException(
                $"The peers' OpenBLAS takes its kernels for {core}, which make no use of AVX2: no comparison would be fair. Let scripts "
                + "set OPENBLAS_CORETYPE to SkylakeX where the processor has AVX-512, else to Haswell.");
    }
}
