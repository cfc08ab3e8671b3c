using System.Runtime.Intrinsics;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class SimdTests
{
    [Fact]
    public void Lanes_OnThisProcessor_AreThoseOfTheWidestVectors()
    {
        var widest = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : Vector128.IsHardwareAccelerated ? 4 : 1;

        Simd.Lanes.Should().Be(widest);
    }

    [Fact]
    public void Lanes_WithSwitchesOfTheRuntime_AreAsExpected()
    {
        // .ci/run sets both; without it there is nothing to expect but a width that exists.
        var switched = Environment.GetEnvironmentVariable("EXPECTED_VECTOR_LANES");
        int[] expected = string.IsNullOrEmpty(switched) ? [1, 4, 8, 16] : [int.Parse(switched)];

        Simd.Lanes.Should().BeOneOf(expected);
    }
}
