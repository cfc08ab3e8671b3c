using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Columns;

public class BatchNormalizationLayoutTests
{
    private const int Height = 2, Width = 3, Channels = 5, Rows = 11;

    // One rounding of a double result to float; values are below 10.
    private const double FloatRounding = 1e-6;

    [Theory]
    [InlineData(ChannelLayout.ChannelsFirst, true)]
    [InlineData(ChannelLayout.ChannelsFirst, false)]
    [InlineData(ChannelLayout.ChannelsLast, true)]
    [InlineData(ChannelLayout.ChannelsLast, false)]
    public void Fit_Images_NormalizesEachChannelOverAllPixels(ChannelLayout layout, bool columnHasDimensions)
    {
        var images = Images();
        int[] dimensions = layout == ChannelLayout.ChannelsFirst ? [Channels, Height, Width] : [Height, Width, Channels];
        var data = TestData.Vectors(images, columnHasDimensions ? dimensions : null);
        var shape = columnHasDimensions ? (Shape?)null : Shape.Image(Height, Width, Channels);

        var transformer = Estimator(layout, shape).Fit(data);

        var statistics = transformer.Columns[0];
        statistics.Layout.Should().Be(layout);
        statistics.Channels.Should().Be(Channels);
        statistics.Slots.Should().Be(Height * Width * Channels);
        statistics.Count.Should().Be(Rows * Height * Width);
        var normalized = transformer.Transform(data).GetColumn<float[]>("Features").ToArray();
        for (var channel = 0; channel < Channels; channel++)
        {
            var expected = Oracle.Normalize(Channel(images, layout, channel));
            Channel(normalized, layout, channel).Should().Equal(expected, (f, e) => Math.Abs(f - e) <= FloatRounding);
        }
    }

    [Fact]
    public void Fit_PlanesLongerThanTheKernelsPattern_NormalizesToTheEnd()
    {
        // 500 pixels per plane: more than one pattern of 256, and no multiple of it.
        var random = new Random(9);
        float[][] rows = [.. Enumerable.Range(0, 3)
            .Select(_ => Enumerable.Range(0, 1000).Select(i => (float)random.NextDouble() + (i < 500 ? 0 : 100)).ToArray())];
        var data = TestData.Vectors(rows, [2, 20, 25]);

        var normalized = Estimator(ChannelLayout.ChannelsFirst).Fit(data).Transform(data).GetColumn<float[]>("Features").ToArray();

        foreach (var plane in new[] { 0..500, 500..1000 })
        {
            var expected = Oracle.Normalize([.. rows.SelectMany(row => row[plane]).Select(value => (double)value)]);
            normalized.SelectMany(row => row[plane]).Should().Equal(expected, (f, e) => Math.Abs(f - e) <= FloatRounding);
        }
    }

    [Fact]
    public void Load_ManyPlanes_TakesNoMoreMemoryThanTheirNumberDeserves()
    {
        const int channels = 2048, pixels = 300;
        float[][] rows = [.. Enumerable.Range(1, 2).Select(row => Enumerable.Range(0, channels * pixels)
            .Select(i => (float)(row * (i % 7 + 1) + i % pixels)).ToArray())];
        var data = TestData.Vectors(rows, [channels, 1, pixels]);
        var model = Estimator(ChannelLayout.ChannelsFirst).Fit(data);
        var zip = ModelZip.Save(model, data.Schema);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var loaded = ModelZip.Load(zip);

        // 2048 patterns of 256 values, three times, would be 12 MB.
        (GC.GetAllocatedBytesForCurrentThread() - allocated).Should().BeLessThan(6 << 20);
        var last = Oracle.Normalize([.. rows.SelectMany(row => row[^pixels..]).Select(value => (double)value)]);
        loaded.Transform(data).GetColumn<float[]>("Features").SelectMany(row => row[^pixels..])
            .Should().Equal(last, (f, e) => Math.Abs(f - e) <= FloatRounding);
    }

    [Fact]
    public void Transform_Images_KeepsDimensions()
    {
        var data = TestData.Vectors(Images(), [Channels, Height, Width]);

        var type = Estimator(ChannelLayout.ChannelsFirst).Fit(data).GetOutputSchema(data.Schema)["Features"].Type;

        type.Should().BeOfType<VectorDataViewType>().Which.Dimensions.Should().Equal(Channels, Height, Width);
    }

    [Theory]
    [InlineData(new[] { 30 })]
    [InlineData(new[] { 6, 5 })]
    public void Fit_DimensionsDoNotTellTheChannels_AsksForImageShape(int[] dimensions)
    {
        var fit = () => Estimator(ChannelLayout.ChannelsFirst).Fit(TestData.Vectors(Images(), dimensions));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Features'*ChannelsFirst needs three dimensions*ImageShape*");
    }

    [Fact]
    public void Fit_ImageShapeOfAnotherSize_NamesBothSizes()
    {
        var fit = () => Estimator(ChannelLayout.ChannelsLast, Shape.Image(4, 4, 3)).Fit(TestData.Vectors(Images()));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Features'*48 values*4x4x3*30*");
    }

    [Fact]
    public void Fit_ImageShapeAgainstDimensions_IsRefused()
    {
        // 30 values either way, but 2x3 pixels of 5 channels are not 5x3 pixels of 2.
        var estimator = Estimator(ChannelLayout.ChannelsFirst, Shape.Image(5, 3, 2));

        var fit = () => estimator.Fit(TestData.Vectors(Images(), [Channels, Height, Width]));

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Features'*");
    }

    [Theory]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 16, 16, 1 }, "Set Layout to ChannelsLast*ImageShape = Shape.Image(16, 1, 16)")]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 16, 16, 3 }, "Set Layout to ChannelsLast*ImageShape = Shape.Image(16, 3, 16)")]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 5, 6, 4 }, "Set Layout to ChannelsLast")]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 3, 16, 16 }, "Set Layout to ChannelsFirst*ImageShape = Shape.Image(3, 16, 16)")]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 4, 6, 5 }, "Set Layout to ChannelsFirst")]
    public void Fit_DimensionsOfPicturesInTheOtherOrder_SaysWhichUnlessImageShapeIsSet(
        ChannelLayout layout, int[] dimensions, string remedy)
    {
        var data = TestData.Vectors([new float[dimensions[0] * dimensions[1] * dimensions[2]]], dimensions);

        FluentActions.Invoking(() => Estimator(layout).Fit(data)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage($"*'Features': expected dimensions in the order {layout}, got Vector<*{remedy}*");

        var meant = layout == ChannelLayout.ChannelsFirst
            ? Shape.Image(dimensions[1], dimensions[2], dimensions[0])
            : Shape.Image(dimensions[0], dimensions[1], dimensions[2]);
        FluentActions.Invoking(() => Estimator(layout, meant).Fit(data)).Should().NotThrow();
    }

    [Theory]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 3, 16, 3 })]   // a picture of 16 x 3
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 4, 4, 4 })]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 2, 6, 3 })]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 4, 6, 3 })]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 6, 4, 3 })]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 16, 8, 8 })]
    [InlineData(ChannelLayout.ChannelsFirst, new[] { 16, 1, 3 })]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 1, 30, 16 })]   // a sequence of 30
    [InlineData(ChannelLayout.ChannelsLast, new[] { 3, 30, 2 })]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 16, 3, 3 })]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 3, 4, 6 })]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 3, 6, 4 })]
    [InlineData(ChannelLayout.ChannelsLast, new[] { 8, 8, 16 })]
    public void Fit_DimensionsThatMayBeMeant_AreTakenAsTheyAre(ChannelLayout layout, int[] dimensions)
    {
        var data = TestData.Vectors([new float[dimensions[0] * dimensions[1] * dimensions[2]]], dimensions);

        Estimator(layout).Fit(data).Columns[0].Channels.Should().Be(dimensions[layout == ChannelLayout.ChannelsFirst ? 0 : 2]);
    }

    private static BatchNormalizationEstimator Estimator(ChannelLayout layout, Shape? shape = null) =>
        TestData.ML.Transforms.BatchNormalization(
        new BatchNormalizationOptions { Columns = [new InputOutputColumnPair("Features")], Layout = layout, ImageShape = shape });

    private static float[][] Images()
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, Rows)
            .Select(_ => Enumerable.Range(0, Height * Width * Channels).Select(i => i + (float)(10 * random.NextDouble())).ToArray())];
    }

    private static double[] Channel(float[][] images, ChannelLayout layout, int channel)
    {
        return [.. images.SelectMany(image => Enumerable.Range(0, Height * Width).Select(pixel => (double)image[SlotOf(pixel)]))];

        int SlotOf(int pixel) => layout == ChannelLayout.ChannelsFirst ? channel * Height * Width + pixel : pixel * Channels + channel;
    }
}
