using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Pipelines.Labels;

namespace MLNet.BatchNorm.Pipelines.Tests.Labels;

public class KeyValuesTests
{
    [Fact]
    public void MapKeyToValue_LabelsOfEveryType_GivesTheValuesBack()
    {
        GivesBack("red", "Red", "grün\u00a0✓");
        GivesBack<sbyte>(-128, 0, 127);
        GivesBack<byte>(0, 128, 255);
        GivesBack<short>(short.MinValue, 0, short.MaxValue);
        GivesBack<ushort>(1, 40_000, ushort.MaxValue);
        GivesBack(int.MinValue, 0, int.MaxValue);
        GivesBack(1u, 3_000_000_000, uint.MaxValue);
        GivesBack(long.MinValue, 0, long.MaxValue);
        GivesBack(1ul, 1ul << 63, ulong.MaxValue);
        GivesBack(-0.1f, 1e-40f, float.MaxValue);
        GivesBack(-0.1, 1e-310, double.MaxValue);
        GivesBack(new DateTime(2024, 2, 29, 23, 59, 59), new DateTime(1, DateTimeKind.Utc), DateTime.MaxValue);
        GivesBack(TimeSpan.MinValue, TimeSpan.FromTicks(1), TimeSpan.FromDays(3));
        GivesBack(
            new DateTimeOffset(2024, 2, 29, 23, 59, 59, TimeSpan.FromHours(-11)), new DateTimeOffset(1, TimeSpan.Zero),
            new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.FromMinutes(345)));
        GivesBack(new DataViewRowId(1, 2), new DataViewRowId(ulong.MaxValue, 0), new DataViewRowId(0, ulong.MaxValue));
        GivesBack(true, false);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(5, 4)]
    [InlineData(10, 8)]
    [InlineData(12, 8)]
    [InlineData(13, 9)]
    [InlineData(14, 8)]
    [InlineData(15, 16)]
    [InlineData(16, 16)]
    public void Read_CountBeyondTheBytes_IsNotBelieved(byte type, int bytesEach)
    {
        const int length = 1 << 20;
        var kind = new PayloadKind("TEST", "test", Version: 1);
        var writer = new PayloadWriter(kind);
        writer.Write(type);
        writer.Write(length / bytesEach + 1);   // then the bytes: they would be enough for one less
        for (var i = 0; i < length / sizeof(long); i++)
            writer.Write(0L);
        var stream = new MemoryStream();
        writer.WriteTo(stream);
        stream.Position = 0;
        var payload = PayloadReader.Open(stream, kind);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var read = () => KeyValues.Read(payload);

        read.Should().Throw<ModelFormatException>().WithMessage($"*counts*things of {bytesEach} bytes*");
        (GC.GetAllocatedBytesForCurrentThread() - allocated).Should().BeLessThan(length / 2);
    }

    [Fact]
    public void Load_LocalTime_KeepsItsClockAndKind()
    {
        DateTime[] times =
            [new(2024, 7, 1, 12, 0, 0, DateTimeKind.Local), new(2024, 1, 1, 12, 0, 0, DateTimeKind.Utc), new(2024, 1, 1, 13, 0, 0)];
        var data = Toy.Keyed(Toy.Examples(times, rows: 12));
        var model = Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(data);

        var loaded = ModelZip.Load(ModelZip.Save(model, data.Schema)).GetOutputSchema(data.Schema)["PredictedLabel"];

        VBuffer<DateTime> values = default;
        loaded.Annotations.GetValue("KeyValues", ref values);
        values.DenseValues().Select(time => (time.Ticks, time.Kind)).Should().Equal(times.Select(time => (time.Ticks, time.Kind)));
    }

    [Fact]
    public void Load_LabelWithHalfASurrogatePair_IsTheSame()
    {
        string[] labels = ["low\ud83d", "\ude00high", "whole \ud83d\ude00"];
        var data = Toy.Keyed(Toy.Examples(labels, rows: 12));
        var model = Toy.Trainer(Toy.Quick with { Epochs = 1 }).Fit(data);

        var loaded = ModelZip.Load(ModelZip.Save(model, data.Schema)).GetOutputSchema(data.Schema)["PredictedLabel"];

        VBuffer<ReadOnlyMemory<char>> values = default;
        loaded.Annotations.GetValue("KeyValues", ref values);
        values.DenseValues().Select(label => label.ToString()).Should().Equal(labels);
    }

    [Fact]
    public void Fit_KeyWithoutValues_PredictsKeysWithoutValues()
    {
        var data = KeyedExample.View(KeyedExample.Examples());

        var model = Toy.Trainer().Fit(data);

        var predictions = ModelZip.Load(ModelZip.Save(model, data.Schema)).Transform(data);
        predictions.Schema["PredictedLabel"].Annotations.Schema.Should().NotContain(annotation => annotation.Name == "KeyValues");
        predictions.Schema["Score"].Annotations.Schema
            .Should().NotContain(annotation => annotation.Name == "SlotNames" || annotation.Name == "TrainingLabelValues");
        predictions.GetColumn<uint>("PredictedLabel").Zip(predictions.GetColumn<uint>("Label"), (p, l) => p == l ? 1.0 : 0).Average()
            .Should().BeGreaterThan(0.98);
    }

    private static void GivesBack<T>(params T[] classes)
    {
        var examples = Toy.Examples(classes);
        if (classes.Length < 3)
            examples = [.. examples.Where((_, i) => i % 3 < 2 && i % 6 < 2)];
        var pipeline = Toy.ML.Transforms.Conversion.MapValueToKey("Label")
            .Append(Toy.Trainer(Toy.Quick with { Epochs = 30 }))
            .Append(Toy.ML.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var data = Toy.View(examples);

        var loaded = ModelZip.Load(ModelZip.Save(pipeline.Fit(data), data.Schema));

        var predicted = loaded.Transform(data).GetColumn<T>("PredictedLabel").ToArray();
        predicted.Should().BeSubsetOf(classes).And.Contain(classes, "each class of {0} is predicted at least once", typeof(T));
        var right = predicted.Zip(examples).Count(pair => EqualityComparer<T>.Default.Equals(pair.First, pair.Second.Label));
        right.Should().BeGreaterThan((int)(0.9 * examples.Length), "labels of type {0} are learned", typeof(T));
    }
}
