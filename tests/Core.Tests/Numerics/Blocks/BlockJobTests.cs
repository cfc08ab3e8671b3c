using System.Reflection;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class BlockJobTests
{
    private static IEnumerable<MethodInfo> Kernels =>
        from type in typeof(IBlockJob).Assembly.GetTypes()
        where type.IsValueType && type.GetInterfaces().Contains(typeof(IBlockJob))
        let run = type.GetMethod(nameof(IBlockJob.Run), [typeof(int)])!
        where run.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveOptimization)
        select run;

    // Inlined into its callers, the product of few columns took three times as long.
    [Fact]
    public void Run_OfAKernel_IsNotInlined() =>
        Kernels.Where(run => !run.MethodImplementationFlags.HasFlag(MethodImplAttributes.NoInlining))
            .Select(run => run.DeclaringType!.Name).Should().BeEmpty();

    [Fact]
    public void Run_OfAKernel_IsFound() => Kernels.Should().HaveCountGreaterThan(15);
}
