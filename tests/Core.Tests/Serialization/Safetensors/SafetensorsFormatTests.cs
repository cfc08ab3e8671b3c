using System.Buffers.Binary;
using System.Text;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization.Safetensors;

/// <summary>Files that anybody may have written.</summary>
public class SafetensorsFormatTests
{
    private const string Good =
        """{"0.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"""
        + """ "0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""";

    private static readonly byte[] Data = [.. new[] { 1f, 2, 3 }.SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void Load_GoodFile_IsTaken()
    {
        var network = Tiny();

        SafetensorsFile.Load(network, SafetensorsFile.Of(Good, Data));

        network.Parameters["dense1.weight"].Values.ToArray().Should().Equal(1, 2);
        network.Parameters["dense1.bias"].Values.ToArray().Should().Equal(3);
    }

    [Fact]
    public void Load_MetadataSpacesAndAnyOrderOfNames_AreTaken()
    {
        var network = Tiny();
        const string Header =
            """
            { "0.bias": {"shape":[1],"data_offsets":[8,12],"dtype":"F32"}, "__metadata__": {"format":"pt"},
              "0.weight": {"data_offsets":[0,8],"dtype":"F32","shape":[1,2]} }
            """;

        SafetensorsFile.Load(network, SafetensorsFile.Of(Header, Data)).Unexpected.Should().BeEmpty();

        network.Parameters["dense1.bias"].Values.ToArray().Should().Equal(3);
    }

    [Theory]
    [InlineData("", "", "*not JSON*")]
    [InlineData("[0,8]", "0,8", "*'0.weight' has a shape or offsets*")]
    [InlineData("}}", "}} x", "*not JSON*")]
    [InlineData(Good, "[]", "*its header is not a JSON object*")]
    [InlineData(Good, "{}", "*lacks '0.weight', '0.bias'*")]
    [InlineData("0.bias", "0.weight", "*'0.weight' twice*")]
    [InlineData("0.bias", "0.w\\u0065ight", "*'0.weight' twice*")]
    [InlineData("0.bias", "\\ud800", "*not JSON*")]
    [InlineData("\"F32\",\"shape\":[1]", "\"F31\",\"shape\":[1]", "*type 'F31'*F64, F32, F16, BF16, I64*")]
    [InlineData("\"F32\",\"shape\":[1]", "\"1\",\"shape\":[1]", "*type '1'*")]
    [InlineData("\"F32\",\"shape\":[1]", "32,\"shape\":[1]", "*'dtype'*")]
    [InlineData("\"F32\",\"shape\":[1]", "\"F16\",\"shape\":[1]", "*'0.bias' of shape [1] and type F16 has 4 bytes*")]
    [InlineData("\"F32\",\"shape\":[1,2]", "\"I64\",\"shape\":[1,1]", "*shape [1, 1]*[1, 2]*")]
    [InlineData("\"dtype\":\"F32\",\"shape\":[1]", "\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]", "*'dtype'*twice*")]
    [InlineData("\"shape\":[1]", "\"shape\":1", "*'0.bias' has a shape or offsets*")]
    [InlineData("\"shape\":[1]", "\"shape\":[1.5]", "*'0.bias' has a shape or offsets*")]
    [InlineData("\"shape\":[1]", "\"shape\":[-1]", "*'0.bias' has a shape or offsets*")]
    [InlineData("\"shape\":[1]", "\"shape\":[99999999999999999999]", "*'0.bias' has a shape or offsets*")]
    [InlineData("\"shape\":[1]", "\"shape\":[[1]]", "*not JSON*")]
    [InlineData("\"shape\":[1]", "\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "*'0.bias' has a shape or offsets*at most 16*")]
    [InlineData("\"shape\":[1]", "\"scale\":[1]", "*'scale'*unknown*")]
    [InlineData("\"shape\":[1],", "", "*'0.bias' lacks*")]
    [InlineData("\"shape\":[1]", "\"shape\":[]", "*'0.bias' has shape [], the network's has [1]*")]
    [InlineData("\"shape\":[1]", "\"shape\":[2]", "*'0.bias' of shape [2] and type F32 has 4 bytes*")]
    [InlineData("\"shape\":[1]", "\"shape\":[4611686018427387904,4,1]", "*'0.bias' of shape*has 4 bytes*")]
    [InlineData("[1],\"data_offsets\":[8,12]", "[4611686018427387904,4],\"data_offsets\":[8,8]", "*'0.bias' of shape*has 0 bytes*")]
    [InlineData("[8,12]", "[8]", "*two data_offsets*")]
    [InlineData("[8,12]", "[8,12,16]", "*two data_offsets*")]
    [InlineData("[8,12]", "[12,8]", "*has -4 bytes*")]
    [InlineData("[8,12]", "[4,8]", "*'0.bias' starts at offset 4, where the one before it ends at 8*")]
    [InlineData("[8,12]", "[12,16]", "*'0.bias' starts at offset 12, where the one before it ends at 8*")]
    [InlineData("{\"0.weight\":", "{\"0.weight\":7,\"x\":", "*its tensor '0.weight' is not a JSON object*")]
    public void Load_BadHeader_IsRefusedWithTheReason(string good, string bad, string message)
    {
        var header = good.Length == 0 ? bad : Good.Replace(good, bad, StringComparison.Ordinal);
        header.Should().NotBe(Good);
        var load = () => SafetensorsFile.Load(Tiny(), SafetensorsFile.Of(header, Data));

        load.Should().Throw<ModelFormatException>().WithMessage(message);
    }

    [Fact]
    public void Load_NameThatIsNotUtf8_IsRefused()
    {
        var header = Encoding.UTF8.GetBytes(Good);
        header[2] = 0xFF;
        var load = () => SafetensorsFile.Load(Tiny(), SafetensorsFile.Of(header, Data));

        load.Should().Throw<ModelFormatException>().WithMessage("*not JSON*");
    }

    [Fact]
    public void Load_CutAnywhereOrTooLong_IsRefused()
    {
        var file = SafetensorsFile.Of(Good, Data);
        for (var length = 0; length < file.Length; length++)
            Record.Exception(() => SafetensorsFile.Load(Tiny(), file[..length])).Should()
                .BeOfType<ModelFormatException>("only {0} bytes are left", length);
        Record.Exception(() => SafetensorsFile.Load(Tiny(), [.. file, 0])).Should().BeOfType<ModelFormatException>();
    }

    [Theory]
    [InlineData(16UL * 1024 * 1024, "*but only 3 follow*")]
    [InlineData(16UL * 1024 * 1024 + 1, "*more than the 16777216*")]
    [InlineData(ulong.MaxValue, "*more than the 16777216*")]
    public void Load_HeaderLongerThanTheFile_IsRefusedWithoutMemoryForIt(ulong length, string message)
    {
        byte[] file = [.. BitConverter.GetBytes(length), 1, 2, 3];
        var network = Tiny();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var thrown = Record.Exception(() => SafetensorsFile.Load(network, file));

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(200_000);
        thrown.Should().BeOfType<ModelFormatException>().Which.Message.Should().Match(message);
    }

    [Fact]
    public void Load_OtherTensorLongerThanTheFile_IsRefusedWithoutMemoryForIt()
    {
        const long Huge = 1L << 50;
        var header = $$$"""{"x":{"dtype":"F32","shape":[{{{Huge / 4}}}],"data_offsets":[0,{{{Huge}}}]}}""";
        var network = Tiny();
        var before = GC.GetAllocatedBytesForCurrentThread();

        var thrown = Record.Exception(() => SafetensorsFile.Load(network, SafetensorsFile.Of(header, Data), strict: false));

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(200_000);
        thrown.Should().BeOfType<ModelFormatException>().Which.Message.Should().Match("*'x' has*in the midst of which the file ends*");
    }

    [Fact]
    public void Load_NumbersThatANetworkCannotHave_AreRefused()
    {
        var network = new Network(NetworkDefinition.Empty.BatchNorm(), Shape.Vector(1), seed: 1);
        var good = SafetensorsFile.Save(network);

        // The numbers at the end: 8 bytes of batches; bias, running mean, running variance, weight.
        RefusedWith(16, BitConverter.GetBytes(float.NaN), "*'0.bias' has no finite float32 as number 0*");
        RefusedWith(12, BitConverter.GetBytes(float.PositiveInfinity), "*'0.running_mean' has no finite*");
        RefusedWith(8, BitConverter.GetBytes(-0.5f), "*'0.running_var' has a number below 0*");
        RefusedWith(24, BitConverter.GetBytes(-1L), "*'0.num_batches_tracked' counts fewer than 0*");

        void RefusedWith(int fromEnd, byte[] bytes, string message)
        {
            var before = Saved.Bytes(network);
            byte[] bad = [.. good[..^fromEnd], .. bytes, .. good[^(fromEnd - bytes.Length)..]];
            var load = () => SafetensorsFile.Load(network, bad);
            load.Should().Throw<ModelFormatException>().WithMessage(message);
            Saved.Bytes(network).Should().Equal(before);
        }
    }

    [Fact]
    public void Load_TypesThatDoNotGoTogether_AreRefused()
    {
        var integers = Good.Replace("\"F32\",\"shape\":[1,2]", "\"I64\",\"shape\":[1,2]", StringComparison.Ordinal)
            .Replace("[0,8]", "[0,16]", StringComparison.Ordinal).Replace("[8,12]", "[16,20]", StringComparison.Ordinal);
        var load = () => SafetensorsFile.Load(Tiny(), SafetensorsFile.Of(integers, new byte[20]));

        load.Should().Throw<ModelFormatException>().WithMessage("*'0.weight' is of type I64, the network's of F32.");
    }

    [Fact]
    public void Load_10000MutatedFiles_AreRefusedOrTakenWithBoundedMemory()
    {
        var good = SafetensorsFile.OfPyTorch("cnn");
        var network = new Network(
            NetworkDefinition.Empty.Add(new Conv2DDefinition(3) { KernelWidth = 2, Padding = 1 }).BatchNorm().Relu().MaxPool2D()
                .Dense(4).BatchNorm().Relu().Dense(3),
            Shape.Image(6, 5, 2), seed: 1);
        var random = new Random(20);
        var taken = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var file = Mutated(good, random);
            var unchanged = Saved.Bytes(network);
            var before = GC.GetAllocatedBytesForCurrentThread();

            var thrown = Record.Exception(() => SafetensorsFile.Load(network, file, strict: i % 2 == 0));

            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(400_000, "file {0}", i);
            (thrown is null or ModelFormatException).Should().BeTrue("file {0} gave {1}", i, thrown);
            if (thrown is null)
                taken++;
            else
                Saved.Bytes(network).AsSpan().SequenceEqual(unchanged).Should().BeTrue("file {0} was refused", i);
        }

        taken.Should().BeInRange(200, 9_000);
    }

    // One to four times: bits, bytes, digits and pieces of the header or the numbers change, go or come.
    private static byte[] Mutated(byte[] good, Random random)
    {
        List<byte> file = [.. good];
        for (var times = random.Next(1, 5); times > 0; times--)
        {
            var headerEnd = Math.Min(file.Count, sizeof(ulong) + (int)BinaryPrimitives.ReadUInt64LittleEndian(good));
            var at = random.Next(random.Next(3) switch { 0 => Math.Min(8, file.Count), 1 => headerEnd, _ => file.Count });
            var length = Math.Min(random.Next(1, 40), file.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    var digits = Enumerable.Range(0, headerEnd).Where(index => char.IsAsciiDigit((char)file[index])).ToArray();
                    file[digits[random.Next(digits.Length)]] = (byte)random.Next('0', '9' + 1);
                    break;
                case 3:
                    file.RemoveRange(at, length);
                    break;
                case 4:
                    file.InsertRange(at, file.GetRange(random.Next(file.Count - length), length));
                    break;
                default:
                    file.RemoveRange(at, random.Next(2) == 0 ? 0 : file.Count - at);
                    break;
            }

            if (file.Count < 100)
                break;
        }

        return [.. file];
    }

    private static Network Tiny() => new(NetworkDefinition.Empty.Dense(1), Shape.Vector(2), seed: 1);
}
