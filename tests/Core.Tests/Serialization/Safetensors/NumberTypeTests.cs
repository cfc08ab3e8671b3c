using System.Buffers.Binary;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization.Safetensors;

public class NumberTypeTests
{
    // IEEE 754-2008, section 3.4: 1 sign bit, then 5 exponent bits and 10 fraction bits for F16, 8 and 7 for BF16.
    [Theory]
    [InlineData("F16", 5)]
    [InlineData("BF16", 8)]
    public void Load_EveryNumberOf16Bits_IsItsExactValue(string type, int exponentBits)
    {
        int fractionBits = 15 - exponentBits, highest = (1 << exponentBits) - 1, bias = highest / 2;
        int[] patterns = [.. Enumerable.Range(0, 65536).Where(bits => ((bits >> fractionBits) & highest) != highest)];
        var network = OneUnit(inputs: patterns.Length);
        var data = new byte[2 * patterns.Length];
        for (var i = 0; i < patterns.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2 * i), (ushort)patterns[i]);
        var header = $$$"""{"0.weight":{"dtype":"{{{type}}}","shape":[1,{{{patterns.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""";

        SafetensorsFile.Load(network, SafetensorsFile.Of(header, data));

        var values = network.Parameters[0].Values.ToArray();
        for (var i = 0; i < patterns.Length; i++)
        {
            var (exponent, fraction) = ((patterns[i] >> fractionBits) & highest, patterns[i] & ((1 << fractionBits) - 1));
            var hidden = exponent == 0 ? 0 : 1 << fractionBits;
            var magnitude = Math.ScaleB(hidden + fraction, Math.Max(exponent, 1) - bias - fractionBits);
            var expected = (float)(patterns[i] >> 15 == 0 ? magnitude : -magnitude);
            if (BitConverter.SingleToInt32Bits(values[i]) != BitConverter.SingleToInt32Bits(expected))
                values[i].Should().Be(expected, "the bits are {0:X4}", patterns[i]);
        }
    }

    [Theory]
    [InlineData(0.1, 0.1f)]
    [InlineData(1e-46, 0f)]
    [InlineData(1.0000000596046448, 1f)]   // half way between two floats, so the even one
    [InlineData(1.0000000596046450, 1.0000001f)]
    [InlineData(-3.4028234663852886e38, -3.4028234663852886e38f)]
    public void Load_F64_IsRoundedToTheNearestFloat(double value, float expected)
    {
        const string Header = """{"0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}""";
        var network = OneUnit(inputs: 1);

        SafetensorsFile.Load(network, SafetensorsFile.Of(Header, BitConverter.GetBytes(value)));

        network.Parameters[0].Values[0].Should().Be(expected);
    }

    private static Network OneUnit(int inputs) =>
        new(NetworkDefinition.Empty.Add(new DenseDefinition(1) { UseBias = false }), Shape.Vector(inputs), seed: 1);
}
