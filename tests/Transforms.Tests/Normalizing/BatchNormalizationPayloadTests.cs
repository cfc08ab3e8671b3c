using System.Buffers.Binary;
using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Tests.Normalizing;

public class BatchNormalizationPayloadTests
{
    private const string Kind = "BNTR";

    // Offsets into the payload of Model, whose names are "Features" and "Out": a head of 20 bytes, the number of columns, then the column.
    private const int ColumnCount = 20, InputName = 24, Layout = 43, Channels = 44, Slots = 48, Epsilon = 52, Count = 56, Means = 64;

    // From the end: checksum, whether epsilon is relative, no channel names, 3 missing counts and weights, 3 booleans.
    private const int MissingValues = 4 + 4 + 2 * (4 + 3 * 8) + 1 + 3 + 1, VarianceEstimateAt = MissingValues + 1;
    private const int NameCount = 4 + 1 + 4, MissingCounts = NameCount + 3 * 8, Weights = MissingCounts + 4 + 3 * 8;

    private static readonly IDataView Data = TestData.Vectors<float>([[1, 10, -3], [2, 30, -3.5f], [4, 80, 9], [4.25f, 81, 9]]);
    private static readonly byte[] Zip = ModelZip.Save(Model(), Data.Schema);

    [Fact]
    public void Save_KeptPayload_IsWrittenByteForByteAsBefore() =>
        KeptFile.ShouldEqual("batch-normalization-3.payload.bin", ModelZip.PayloadOf(Zip, Kind));

    // batch-normalization.zip is of payload version 1, which knew neither weights nor missing values.
    [Fact]
    public void Load_KeptModelOfVersion1_GivesWhatWasFitted()
    {
        var model = ModelZip.Load(KeptFile.Read("batch-normalization.zip", Zip));

        var column = Transformer(model).Columns[0];
        column.ToString().Should().Be(Model().Columns[0].ToString());
        column.Weight.Should().Equal(4, 4, 4);
        column.MissingCount.Should().Equal(0, 0, 0);
    }

    [Fact]
    public void Load_KeptModel_GivesTheRecordedValues()
    {
        var model = ModelZip.Load(KeptFile.Read("batch-normalization.zip", Zip));

        KeptFile.ShouldEqual("batch-normalization.rows.txt", RowText.Of(model.Transform(Data)));
    }

    [Fact]
    public void Load_KeptModelOfVersion2_GivesTheRecordedValues()
    {
        var model = Version2();

        model.Columns[0].IsEpsilonRelative.Should().BeFalse();
        KeptFile.ShouldEqual("batch-normalization.rows.txt", RowText.Of(model.Transform(Data)));
    }

    [Fact]
    public void Load_KeptModelOfVersion3_GivesTheRecordedValuesAndWhatWasFitted()
    {
        var model = Transformer(ModelZip.Load(KeptFile.Read("batch-normalization-3.zip", Zip)));

        var column = model.Columns[0];
        column.IsEpsilonRelative.Should().BeTrue();
        column.ToString().Should().Be(Model().Columns[0].ToString());
        KeptFile.ShouldEqual("batch-normalization-3.rows.txt", RowText.Of(model.Transform(Data)));
    }

    [Fact]
    public void Save_LoadedFromVersion2_KeepsTheValues()
    {
        var again = ModelZip.Load(ModelZip.Save(Version2(), Data.Schema));

        KeptFile.ShouldEqual("batch-normalization.rows.txt", RowText.Of(again.Transform(Data)));
    }

    [Fact]
    public void Merge_WithOneOfVersion2_HasARelativeEpsilonInBothOrders()
    {
        var merged = new[]
        {
            BatchNormalizationTransformer.Merge(Version2(), Model()),
            BatchNormalizationTransformer.Merge(Model(), Version2()),
        };

        merged.Should().OnlyContain(model => model.Columns[0].IsEpsilonRelative && model.Columns[0].Count == 8);
    }

    [Fact]
    public void Load_AnyByteFlipped_SaysThatTheTransformIsDamaged()
    {
        var payload = ModelZip.PayloadOf(Zip, Kind);
        for (var i = 0; i < payload.Length; i++)
        {
            var damaged = (byte[])payload.Clone();
            damaged[i] ^= 0x10;
            Broken(damaged, because: $"byte {i} is flipped");
        }
    }

    [Fact]
    public void Load_ClaimsMoreBytesThanThereAre_SaysSo()
    {
        foreach (var claimed in new[] { 1000, int.MaxValue, long.MaxValue, -1 })
        {
            var payload = ModelZip.PayloadOf(Zip, Kind);
            BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(12), claimed);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            Broken(payload, because: $"it claims {claimed} bytes");
            (GC.GetAllocatedBytesForCurrentThread() - allocated)
                .Should().BeLessThan(16 << 20, "a length that is not true must not cost memory");
        }
    }

    [Theory]
    [InlineData(ColumnCount, int.MaxValue, "counts 2147483647 things")]
    [InlineData(ColumnCount, -1, "counts -1 things")]
    [InlineData(ColumnCount, 0, "left over")]
    [InlineData(InputName, int.MaxValue, "counts 2147483647 things")]
    [InlineData(Channels, int.MaxValue, "do not fall into 2147483647 channels")]
    [InlineData(Channels, 0, "do not fall into 0 channels")]
    [InlineData(Channels, 1, "do not fall into 1 channels (PerSlot)")]
    [InlineData(Slots, int.MaxValue - 1, "do not fall into 3 channels")]
    [InlineData(Slots, -3, "do not fall into 3 channels")]
    [InlineData(Means, int.MaxValue, "things of 8 bytes")]
    [InlineData(Means, 2, "2 elements where 3 are needed")]
    public void Load_AbsurdNumberWithTheRightChecksum_SaysWhatIsWrong(int offset, int value, string reason)
    {
        var payload = ModelZip.PayloadOf(Zip, Kind);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(offset), value);

        Broken(ModelZip.Sealed(payload), $"*{reason}*");
    }

    [Fact]
    public void Load_AbsurdValueWithTheRightChecksum_SaysWhatIsWrong()
    {
        Broken(Changed(payload => payload[Layout] = 9), "*layout 9*");
        Broken(Changed(payload => BinaryPrimitives.WriteSingleLittleEndian(payload.AsSpan(Epsilon), -1)), "*epsilon*-1*");
        Broken(Changed(payload => BinaryPrimitives.WriteSingleLittleEndian(payload.AsSpan(Epsilon), float.NaN)), "*epsilon*NaN*");
        Broken(Changed(payload => BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(Count), 0)), "*0 values*");
        Broken(Changed(payload => BinaryPrimitives.WriteDoubleLittleEndian(payload.AsSpan(Means + 4), double.NaN)), "*statistic is NaN*");
        Broken(Changed(payload => payload[InputName + 4] = 0xFF), "*UTF-8*");
        Broken(Changed(payload => payload[^MissingValues] = (byte)MissingValueHandling.SkipRow), "*missing values SkipRow is unknown*");
        Broken(Changed(payload => payload[^MissingValues] = 200), "*missing values 200 is unknown*");
        Broken(Changed(payload => payload[^VarianceEstimateAt] = 9), "*variance estimate 9 is unknown*");
        Broken(Changed(payload => BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan()[^NameCount..], 1)), "*counts 1 things*");
    }

    [Theory]
    [InlineData(5, false)]   // one more than there are
    [InlineData(-1, false)]
    [InlineData(4, true)]
    [InlineData(0, true)]
    public void Load_MissingCountWithTheRightChecksum_IsOfNoMoreThanAll(long missing, bool isPossible)
    {
        var payload = Changed(payload => BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan()[^MissingCounts..], missing));

        if (isPossible)
            Transformer(ModelZip.Load(ModelZip.WithPayload(Zip, Kind, payload))).Columns[0].MissingCount[0].Should().Be(missing);
        else
            Broken(payload, "*claims to miss*");
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Load_BadWeightWithTheRightChecksum_SaysSo(double weight) => Broken(
        Changed(payload => BinaryPrimitives.WriteDoubleLittleEndian(payload.AsSpan()[^Weights..], weight)),
        "*weight is NaN, infinite or negative*");

    [Fact]
    public void Load_FormatVersionZero_IsRefused() => Broken(Changed(payload => payload[8] = 0), "*format version 0*");

    [Fact]
    public void Load_NewerVersion_PointsToANewerLibrary()
    {
        var payload = ModelZip.PayloadOf(Zip, Kind);
        payload[8] = 4;

        Broken(ModelZip.Sealed(payload), "*format version 4*newer MLNet.BatchNorm*");
    }

    private static BatchNormalizationTransformer Model() => TestData.ML.Transforms.BatchNormalization(
        new BatchNormalizationOptions { Columns = [new InputOutputColumnPair("Out", "Features")], Gamma = [2, 1, -0.5f], Beta = [0, 1, 3] })
            .Fit(Data);

    private static BatchNormalizationTransformer Version2() =>
        Transformer(ModelZip.Load(KeptFile.Read("batch-normalization-2.zip", Zip)));

    private static BatchNormalizationTransformer Transformer(ITransformer loaded) =>
        (loaded is IEnumerable<ITransformer> chain ? chain.Single() : loaded).Should().BeOfType<BatchNormalizationTransformer>().Subject;

    private static byte[] Changed(Action<byte[]> change) => ModelZip.Changed(Zip, Kind, change);

    private static void Broken(byte[] payload, string message = "*", string because = "the payload is broken") =>
        ModelZip.ShouldBeRefused(
            ModelZip.WithPayload(Zip, Kind, payload), $"Cannot read the saved batch normalization transform: {message}", because);
}
