using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class PayloadTests
{
    private static readonly PayloadKind Kind = new("TEST", "test", Version: 2);

    [Fact]
    public void Read_EverythingThatWasWritten_ComesBack()
    {
        var writer = new PayloadWriter(Kind);
        writer.Write((byte)200);
        writer.Write(true);
        writer.Write(-5);
        writer.Write(long.MinValue);
        writer.Write(0.1f);
        writer.Write(Math.PI);
        writer.Write("größer 😀");
        writer.Write([1f, float.NaN, -0f]);

        var reader = Open(Bytes(writer));

        reader.Version.Should().Be(2);
        reader.ReadByte().Should().Be(200);
        reader.ReadBoolean().Should().BeTrue();
        reader.ReadInt32().Should().Be(-5);
        reader.ReadInt64().Should().Be(long.MinValue);
        reader.ReadSingle().Should().Be(0.1f);
        reader.ReadDouble().Should().Be(Math.PI);
        reader.ReadString().Should().Be("größer 😀");
        var singles = new float[3];
        reader.ReadSingles(singles);
        singles.Should().Equal(1f, float.NaN, -0f);
        reader.Close();
    }

    [Fact]
    public void WriteTo_Bytes_AreAsDocumented()
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(0x01020304);

        Convert.ToHexString(Bytes(writer)[..^4]).Should().Be("4D4C424E" + "54455354" + "02000000" + "0400000000000000" + "04030201");
    }

    [Fact]
    public void Checksum_Of123456789_IsThatOfCrc32C() =>
        PayloadFormat.Checksum("1234"u8, "56789"u8).Should().Be(0xE3069283);   // the check value of CRC-32C (RFC 3720)

    [Fact]
    public void Open_StreamWithMoreBehind_StopsAtItsEnd()
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(7);
        using var stream = new MemoryStream([.. Bytes(writer), .. "more"u8]);

        PayloadReader.Open(stream, Kind).ReadInt32().Should().Be(7);

        stream.Position.Should().Be(stream.Length - 4);
    }

    [Fact]
    public void Open_LargeBody_ComesBack()
    {
        var writer = new PayloadWriter(Kind);
        var values = new float[100_000];
        values[^1] = 3;
        writer.Write(values);
        var read = new float[100_000];

        Open(Bytes(writer)).ReadSingles(read);

        read.Should().Equal(values);
    }

    [Fact]
    public void Open_OtherKindOrVersion_SaysWhich()
    {
        var bytes = Bytes(new PayloadWriter(Kind));
        var otherKind = () => PayloadReader.Open(new MemoryStream(bytes), new PayloadKind("ELSE", "other", 2));
        var olderProgram = () => PayloadReader.Open(new MemoryStream(bytes), new PayloadKind("TEST", "test", 1));
        var noPayload = () => Open(new byte[100]);

        otherKind.Should().Throw<ModelFormatException>().WithMessage("Cannot read the saved other: it is of kind 'TEST', not 'ELSE'.");
        olderProgram.Should().Throw<ModelFormatException>().WithMessage("*format version 2*reads up to 1*");
        noPayload.Should().Throw<ModelFormatException>().WithMessage("*letters MLBN*");
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(2_000_000_000L)]
    public void Open_AbsurdLength_IsRefusedWithoutAllocatingIt(long length)
    {
        var bytes = Bytes(new PayloadWriter(Kind));
        BitConverter.TryWriteBytes(bytes.AsSpan(12), length).Should().BeTrue();

        ShouldBeRefusedCheaply(() => Open(bytes));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(300_000_000)]
    public void Read_AbsurdCount_IsRefusedWithoutAllocatingIt(int count)
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(count);
        writer.Write(0L);
        var bytes = Bytes(writer);

        ShouldBeRefusedCheaply(() => Open(bytes).ReadString());
        ShouldBeRefusedCheaply(() => Open(bytes).ReadSingles([]));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void ReadCount_NeedsBytesForEveryThing(int count, bool enough)
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(count);
        writer.Write(0L);

        (Record.Exception(() => Open(Bytes(writer)).ReadCount(bytesEach: 4)) is null).Should().Be(enough);
    }

    [Fact]
    public void Read_MoreThanThereIs_IsRefused()
    {
        var writer = new PayloadWriter(Kind);
        writer.Write((byte)7);
        var number = () => Open(Bytes(writer)).ReadInt32();
        var boolean = () => Open(Bytes(writer)).ReadBoolean();
        var close = () => Open(Bytes(writer)).Close();

        number.Should().Throw<ModelFormatException>().WithMessage("*4 more were needed at 0.");
        boolean.Should().Throw<ModelFormatException>().WithMessage("*boolean is 7.");
        close.Should().Throw<ModelFormatException>().WithMessage("*1 bytes are left over.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\ud83d")]
    [InlineData("a\ude00b\ud83d")]
    [InlineData("\ud83d\ud83d\ude00\ude00")]
    [InlineData("\ud800\udbff\udfff\udc00\u0000\ufffd\uffff")]
    public void ReadString_AnySequenceOfChars_ComesBack(string text)
    {
        var writer = new PayloadWriter(Kind);
        writer.Write(text);

        Open(Bytes(writer)).ReadString().Should().Be(text);
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xC0, 0x80)]
    [InlineData(0xED, 0xA0)]
    [InlineData(0xED, 0xA0, 0x41)]
    [InlineData(0xED, 0xA0, 0x80, 0xFF)]
    [InlineData(0xF4, 0x90, 0x80, 0x80)]
    public void ReadString_BytesThatAreNoText_AreRefused(params int[] bytes)
    {
        var writer = new PayloadWriter(Kind);
        writer.WriteBytes([.. bytes.Select(value => (byte)value)]);
        var read = () => Open(Bytes(writer)).ReadString();

        read.Should().Throw<ModelFormatException>().WithMessage("*a text is not UTF-8.");
    }

    private static void ShouldBeRefusedCheaply(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var thrown = Record.Exception(read);

        thrown.Should().BeOfType<ModelFormatException>();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1_000_000);
    }

    private static PayloadReader Open(byte[] bytes) => PayloadReader.Open(new MemoryStream(bytes), Kind);

    private static byte[] Bytes(PayloadWriter writer)
    {
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }
}
