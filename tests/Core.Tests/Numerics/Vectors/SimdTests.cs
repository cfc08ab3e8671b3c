using System.Runtime.Intrinsics;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class SimdTests
{
    [Fact]
    public void RunWidest_OnThisProcessor_TakesTheWidestVectors()
    {
        var widest = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : Vector128.IsHardwareAccelerated ? 4 : 1;

        LanesOfWidest().Should().Be(widest);
    }

    [Fact]
    public void RunWidest_WithSwitchesOfTheRuntime_HasTheExpectedLanes()
    {
        // .ci/run sets both; without it there is nothing to expect but a width that exists.
        var switched = Environment.GetEnvironmentVariable("EXPECTED_VECTOR_LANES");
        int[] expected = string.IsNullOrEmpty(switched) ? [1, 4, 8, 16] : [int.Parse(switched)];

        LanesOfWidest().Should().BeOneOf(expected);
    }

    private static int LanesOfWidest()
    {
        var count = default(CountLanes);
        Simd.RunWidest(ref count);
        return count.Lanes;
    }

    private struct CountLanes : ISimdOperation
    {
        public int Lanes { get; private set; }

        public void Run<TVector>()
            where TVector : struct, ISimd<TVector>
            => Lanes = TVector.Count;
    }
}
