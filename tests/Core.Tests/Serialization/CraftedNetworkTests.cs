using System.Diagnostics;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

/// <summary>Small files, whole and rightly checksummed, that ask for more memory or time than any honest one.</summary>
public class CraftedNetworkTests
{
    private const long MostBytes = 64 << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(0.5);

    private static readonly Dictionary<string, byte[]> Exhausting = new()
    {
        { "layer norms without numbers", CraftedNetwork.Of(1, 1, 1_000_000, 400, Repeat(400, Norm(kind: 7))) },
        { "group norms without numbers", CraftedNetwork.Of(1, 1, 1_000_000, 400, Repeat(400, Norm(kind: 6))) },
        { "instance norms without numbers", CraftedNetwork.Of(2, 1, 1_000_000, 400, Repeat(400, Norm(kind: 8))) },
        { "one layer norm of 2^29 values", CraftedNetwork.Of(1, 1, 1 << 29, 1, Norm(kind: 7)) },
        { "a pool that makes 2 pixels 268 million", CraftedNetwork.Of(2, 1, 1, 1, w => CraftedNetwork.MaxPool(w, 16_384, 1, 16_383)) },
        {
            "a pool over many pixels behind one that makes them", CraftedNetwork.Of(2, 1, 1, 2, writer =>
            {
                CraftedNetwork.MaxPool(writer, 2_000, 1, 1_999);
                CraftedNetwork.MaxPool(writer, 1_500, 1, 0);
            })
        },
        {
            "a projection of no stride", CraftedNetwork.Of(2_000_000_000, 1, 1, 1, writer =>
            {
                writer.Write((byte)16);
                writer.Write((byte)1);
                writer.Write(1);
                CraftedNetwork.MaxPoolOfThreeRows(writer);
            })
        },
        { "8,191 layers in each other", CraftedNetwork.Of(1, 1, 2, 1, w => CraftedNetwork.TreeOfShortcuts(w, 12)) },
        { "65,535 layers in each other", CraftedNetwork.Of(1, 1, 2, 1, w => CraftedNetwork.TreeOfShortcuts(w, 15)) },
        { "a million layers that do nothing", CraftedNetwork.Of(1, 1, 2, 1_000_000, Repeat(1_000_000, CraftedNetwork.Flatten)) },
        { "concat blocks that double", CraftedNetwork.Of(1, 1, 2, 40, Repeat(40, CraftedNetwork.Doubling)) },
        {
            "a window over padding alone", CraftedNetwork.Of(2, 1, 1, 1, writer =>
            {
                CraftedNetwork.Convolution(writer, kernel: 2, padding: 8_000, dilation: 16_000);
                writer.Write(new float[4]);
            })
        },
        {
            "a filter of 10,000 weights over 67 million pixels", CraftedNetwork.Of(8_192, 8_192, 1, 1, writer =>
            {
                CraftedNetwork.Convolution(writer, kernel: 100, padding: 50, dilation: 1);
                writer.Write(new float[10_000]);
            })
        },
    };

    // Not the files: xunit takes half a minute to note so many bytes.
    public static TheoryData<string> Names => [.. Exhausting.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_FileThatExhausts_IsRefusedAtOnce(string what)
    {
        var file = Exhausting[what];

        var thrown = WithinBounds(file, what, () => Record.Exception(() => NetworkPayload.Read(new MemoryStream(file))));

        thrown.Should().BeOfType<ModelFormatException>(what);
    }

    [Fact]
    public void Read_AThousandBlocksInEachOther_IsANetworkAtOnce()
    {
        var file = CraftedNetwork.Of(1, 1, 2, 1, writer => CraftedNetwork.TreeOfShortcuts(writer, 10));

        var network = WithinBounds(file, "2,047 layers", () => NetworkPayload.Read(new MemoryStream(file)));

        var y = new float[2];
        network.Predict([1, -3], y);
        y.Should().Equal(1024, -3 * 1024);
    }

    // The best of three: another test may hold the processor.
    private static T WithinBounds<T>(byte[] file, string what, Func<T> read)
    {
        T result;
        var attempts = 3;
        do
        {
            var (bytes, start) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());
            result = read();
            bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
            bytes.Should().BeLessThan(MostBytes + (8L * file.Length), what);
            if (Stopwatch.GetElapsedTime(start) < MostTime)
                return result;
        }
        while (--attempts > 0);
        throw new TimeoutException($"{what} took longer than {MostTime}.");
    }

    private static Action<PayloadWriter> Norm(byte kind) => writer => CraftedNetwork.NormWithoutNumbers(writer, kind);

    private static Action<PayloadWriter> Repeat(int times, Action<PayloadWriter> write) => writer =>
    {
        for (var i = 0; i < times; i++)
            write(writer);
    };
}
