using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Thousands of mutations of what our transformers write into a model zip, with the right checksum.</summary>
public class MutatedPayloadTests
{
    private static readonly PayloadKind Normalization = BatchNormalizationTransformer.Entry.Payload;
    private static readonly PayloadKind NeuralNetwork = NeuralNetworkPredictionTransformer.Entry.Payload;

    private static readonly ModelLimits Limits = new() { ImpliedParameters = 1 << 20 };

    public static TheoryData<string, BatchNormalizationOptions> Options => new()
    {
        { "per slot", new BatchNormalizationOptions { Columns = [new("Out", "Features"), new("Features")], Gamma = [2], Beta = [1] } },
        {
            "planes", new BatchNormalizationOptions
            {
                Columns = [new("Features")], Layout = ChannelLayout.ChannelsFirst, ImageShape = Shape.Image(2, 1, 2),
                MissingValues = MissingValueHandling.ReplaceWithMean,
            }
        },
        {
            "pixels", new BatchNormalizationOptions
            {
                Columns = [new("Features")], Layout = ChannelLayout.ChannelsLast, ImageShape = Shape.Image(1, 2, 2),
                MovingAverage = new MovingAverage(),
            }
        },
        { "zero stays", new BatchNormalizationOptions { Columns = [new("Features")], FixZero = true } },
    };

    public static TheoryData<string> Tasks => ["multiclass", "binary", "regression"];

    [Theory]
    [MemberData(nameof(Options))]
    public void Read_MutatedNormalization_IsRefusedOrATransformer(string name, BatchNormalizationOptions options)
    {
        var data = TestData.Vectors<float>([[1, 10, -3, 2], [2, 30, -3.5f, 4], [4, 80, 9, 5], [4.25f, 81, 9, 1]]);
        var model = TestData.ML.Transforms.BatchNormalization(options).Fit(data);
        var payload = ModelZip.PayloadOf(ModelZip.Save(model, data.Schema), Normalization.Code);

        Mutation.ReadAll(payload, seed: name.Length, mutant => BatchNormalizationTransformer.Read(Open(mutant, Normalization)))
            .Should().BePositive();
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Read_MutatedNeuralNetwork_IsRefusedOrAModel(string task)
    {
        var options = Toy.Quick with { Epochs = 2, ValidationFraction = 0.2f, KeepOptimizerState = true };
        var (data, trainers) = (Toy.Keyed(Toy.Examples(rows: 60)), Toy.ML);
        var numbers = Toy.View(Toy.Examples([1f, 2.5f, -3], rows: 60));
        ITransformer model = task switch
        {
            "multiclass" => Toy.Trainer(options).Fit(data),
            "binary" => trainers.BinaryClassification.Trainers.NeuralNetwork(options).Fit(Flags()),
            _ => trainers.Regression.Trainers.NeuralNetwork(options).Fit(numbers),
        };
        var payload = ModelZip.PayloadOf(ModelZip.Save(model, data.Schema), NeuralNetwork.Code);

        Mutation.ReadAll(payload, seed: task.Length, mutant => NeuralNetworkPredictionTransformer.Read(Open(mutant, NeuralNetwork)))
            .Should().BePositive();
    }

    [Fact]
    public void Read_FiftyThousandPlanes_TakeMemoryLikeTheirFile()
    {
        const int channels = 50_000;
        var file = Written(writer =>
        {
            writer.Write(1);
            WriteColumn(writer, ChannelLayout.ChannelsFirst, channels, slots: channels * 40_000);
        });

        AllocatedBy(() => BatchNormalizationTransformer.Read(Open(file, Normalization))).Should().BeLessThan(8L * file.Length);
    }

    [Fact]
    public void Read_AHundredThousandColumns_TakeMemoryLikeTheirFile()
    {
        const int columns = 100_000;
        var file = Written(writer =>
        {
            writer.Write(columns);
            for (var i = 0; i < columns; i++)
                WriteColumn(writer, ChannelLayout.PerSlot, channels: 1, slots: 1);
        });

        AllocatedBy(() => BatchNormalizationTransformer.Read(Open(file, Normalization))).Should().BeLessThan((64 << 20) + 8L * file.Length);
    }

    private static IDataView Flags() => Toy.View(Toy.Examples([true, false], rows: 60));

    private static void WriteColumn(PayloadWriter writer, ChannelLayout layout, int channels, int slots)
    {
        writer.Write("a");
        writer.Write("a");
        writer.Write((byte)layout);
        writer.Write(channels);
        writer.Write(slots);
        writer.Write(1e-5f);
        writer.Write(1L);
        writer.Write(new double[channels]);
        writer.Write(new double[channels]);
        writer.Write(new float[channels]);
        writer.Write(new float[channels]);
    }

    // Of the first version, whose columns are the smallest.
    private static byte[] Written(Action<PayloadWriter> write)
    {
        var writer = new PayloadWriter(Normalization with { Version = 1 });
        write(writer);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static long AllocatedBy(Action read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        read();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static PayloadReader Open(byte[] payload, PayloadKind kind) => PayloadReader.Open(new MemoryStream(payload), kind, Limits);
}
