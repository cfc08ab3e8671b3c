using Microsoft.ML;
using Microsoft.ML.Data;
using static System.Buffers.Binary.BinaryPrimitives;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkPayloadTests
{
    private const string Kind = "NNPR";

    // Distances from the end of the payload of Zip: before the checksum are three key values of 9 bytes (ticks and kind), before them their
    // number, their type, whether there are any, and the task.
    private const int LastTicks = 4 + 9, KeyValueCount = 4 + 3 * 9 + 4;
    private const int KeyValueType = KeyValueCount + 1, HasKeyValues = KeyValueType + 1, Task = HasKeyValues + 1;

    // Before that whether there is an optimizer state, and the history of one epoch without validation, whose metric is called accuracy,
    // its length, the best epoch and the stop reason.
    private const int BestEpoch = Task + 1 + 49 + 8 + 4 + 4, StopReasonAt = BestEpoch + 1;

    private static readonly DateTime[] Days = [new(2024, 1, 1), new(2024, 1, 2), new(2024, 1, 3)];
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples(Days, rows: 12));
    private static readonly NeuralNetworkOptions Small = Toy.Quick with { Network = net => net.Dense(2).BatchNorm(), Epochs = 1 };
    private static readonly byte[] Zip = ModelZip.Save(Toy.Trainer(Small).Fit(Data), Data.Schema);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Save_KeptPayload_IsWrittenByteForByteAsBefore(int version)
    {
        // Loaded and saved again: training may differ in the last bit between processors, saving may not.
        // Every version is a byte longer than the one before; the name of the feature column makes the zip around it fit.
        var zip = KeptModel("Features"[..^(4 - version)]);
        var payload = KeptFile.Read($"neural-network-{version}.payload.bin", ModelZip.PayloadOf(zip, Kind));

        var model = ModelZip.Load(ModelZip.WithPayload(zip, Kind, payload));

        KeptFile.ShouldEqual("neural-network-4.payload.bin", ModelZip.PayloadOf(ModelZip.Save(model, Data.Schema), Kind));
        var parameters = ((NeuralNetworkPredictionTransformer)model).Model;
        parameters.History.Select(epoch => epoch.Epoch).Should().Equal(1, 2, 3);
        parameters.StopReason.Should().Be(StopReason.Completed);
        parameters.BestEpoch.Should().BeNull();
        parameters.InputLayout.Should().Be(ChannelLayout.PerSlot);
    }

    [Fact]
    public void Load_KeptModelOfVersion1_PredictsAsRecorded()
    {
        var model = ModelZip.Load(KeptFile.Read("neural-network.zip", KeptModel()));
        var data = Toy.Keyed(Toy.Examples(rows: 6));

        var view = model.Transform(data);

        // Processors with wider vectors add in another order.
        KeptFile.ShouldAgree("neural-network.scores.txt", [.. view.GetColumn<float[]>("Score").SelectMany(row => row)], tolerance: 1e-5f);
        ((NeuralNetworkPredictionTransformer)model).Model.History.Should().BeEmpty();
    }

    [Fact]
    public void Load_AnyByteFlipped_SaysThatTheNetworkIsDamaged()
    {
        var payload = ModelZip.PayloadOf(Zip, Kind);
        for (var i = 0; i < payload.Length; i++)
        {
            var damaged = (byte[])payload.Clone();
            damaged[i] ^= 0x04;
            Broken(damaged, because: $"byte {i} is flipped");
        }
    }

    [Fact]
    public void Load_AbsurdValueWithTheRightChecksum_SaysWhatIsWrong()
    {
        Broken(Changed(payload => payload[^Task] = 9), "*task 9*newer*");
        Broken(Changed(payload => payload[^StopReasonAt] = 9), "*stop reason 9*");
        Broken(Changed(payload => payload[^BestEpoch] = 2), "*best epoch is 2 of 1*");
        Broken(Changed(payload => payload[^HasKeyValues] = 7), "*boolean is 7*");
        Broken(Changed(payload => payload[^KeyValueType] = 99), "*type 99*");
        Broken(Changed(payload => WriteInt32LittleEndian(payload.AsSpan()[^KeyValueCount..], int.MaxValue)), "*2147483647 things*");
        Broken(Changed(payload => WriteInt32LittleEndian(payload.AsSpan()[^KeyValueCount..], 2)), "*2 key values for 3 classes*");
        Broken(Changed(payload => WriteInt32LittleEndian(payload.AsSpan()[^KeyValueCount..], 4)), "*counts 4 things of 9 bytes*");
        Broken(Changed(payload => WriteInt64LittleEndian(payload.AsSpan()[^LastTicks..], -1)), "*key value is no DateTime*");
    }

    [Fact]
    public void Load_AnyByteChangedWithTheRightChecksum_LoadsOrSaysWhatIsWrong()
    {
        // Whatever a byte means: no other error than ours may come out.
        var payload = ModelZip.PayloadOf(Zip, Kind);
        for (var i = 0; i < payload.Length - 4; i++)
            foreach (byte value in new byte[] { 0, 0x7F, 0xFF })
            {
                var changed = (byte[])payload.Clone();
                changed[i] = value;
                var zip = ModelZip.WithPayload(Zip, Kind, ModelZip.Sealed(changed));
                try
                {
                    ModelZip.Load(zip);
                }
                catch (Exception error)
                {
                    error.GetBaseException().Should().BeOfType<ModelFormatException>($"byte {i} is {value}");
                }
            }
    }

    private static byte[] KeptModel(string featureColumnName = "Features")
    {
        var rows = Toy.Keyed(Toy.Examples());
        var data = Toy.ML.Transforms.CopyColumns(featureColumnName, "Features").Fit(rows).Transform(rows);
        var options = Toy.Quick with
        {
            FeatureColumnName = featureColumnName,
            Network = net => net.Dense(4, Initializer.Glorot).BatchNorm().Relu().Dropout(0.1f)
                .Dense(3).BatchNorm(momentum: null).Sigmoid()
                .Dense(3).Tanh(),
            Epochs = 3,
        };
        return ModelZip.Save(Toy.Trainer(options).Fit(data), data.Schema);
    }

    private static byte[] Changed(Action<byte[]> change) => ModelZip.Changed(Zip, Kind, change);

    private static void Broken(byte[] payload, string message = "*", string because = "the payload is broken") =>
        ModelZip.ShouldBeRefused(
            ModelZip.WithPayload(Zip, Kind, payload), $"Cannot read the saved neural network: {message}", because);
}
