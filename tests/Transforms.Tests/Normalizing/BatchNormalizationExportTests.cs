using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Normalizing;

public class BatchNormalizationExportTests
{
    private static readonly Shape Image = Shape.Image(3, 4, 2);

    public static TheoryData<string, BatchNormalizationOptions, int[]> Forms => new()
    {
        { "per slot", Options(), [24] },
        { "per slot of three dimensions", Options(), [2, 3, 4] },
        { "planes", Options() with { Layout = ChannelLayout.ChannelsFirst }, [2, 3, 4] },
        { "pixels", Options() with { Layout = ChannelLayout.ChannelsLast }, [3, 4, 2] },
        { "flat planes", Options() with { Layout = ChannelLayout.ChannelsFirst, ImageShape = Image }, [24] },
        { "flat pixels", Options() with { Layout = ChannelLayout.ChannelsLast, ImageShape = Image }, [24] },
        { "missing values replaced", Options() with { MissingValues = MissingValueHandling.ReplaceWithMean }, [24] },
        { "missing values kept", Options() with { MissingValues = MissingValueHandling.Ignore }, [24] },
        {
            "missing values in planes replaced",
            Options() with { MissingValues = MissingValueHandling.ReplaceWithMean, Layout = ChannelLayout.ChannelsFirst }, [2, 3, 4]
        },
        { "zeros kept", Options() with { FixZero = true, Beta = null }, [24] },
        { "moving average", Options() with { MovingAverage = new MovingAverage { BatchSize = 4 } }, [24] },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Export_Float_GivesTheSameBits(string form, BatchNormalizationOptions options, int[] dimensions)
    {
        var data = TestData.Vectors(Rows(options, value => (float)value), dimensions);

        ShouldGiveTheSame<float>(options, data, form);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Export_Double_GivesTheSameBits(string form, BatchNormalizationOptions options, int[] dimensions)
    {
        var data = TestData.Vectors(Rows(options, value => value), dimensions);

        ShouldGiveTheSame<double>(options, data, form);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Export_Scalar_GivesTheSameBits(int opset)
    {
        var data = TestData.Scalars(3.5f, 1e6f, -2, 7);
        var model = TestData.ML.Transforms.BatchNormalization("Features").Fit(data);

        var applied = OnnxRoundTrip.Apply(OnnxRoundTrip.Export(model, data, opset), data);

        applied.GetColumn<float[]>("Features").SelectMany(row => row).Should().Equal(
            model.Transform(data).GetColumn<float>("Features"));
    }

    [Fact]
    public void Export_OutputNamedLikeAnotherInput_ReadsTheInputs()
    {
        var features = TestData.Vectors<float>([[1, 2], [3, 5], [8, 9]]);
        var twice = TestData.ML.Transforms.Concatenate("Other", "Features", "Features").Fit(features);
        InputOutputColumnPair[] swapped = [new("Features", "Other"), new("Other", "Features")];
        var model = TestData.ML.Transforms.BatchNormalization(Options() with { Columns = swapped }).Fit(twice.Transform(features));
        var chain = new TransformerChain<ITransformer>(twice, model);

        var applied = OnnxRoundTrip.Apply(chain, features);

        foreach (var column in new[] { "Features", "Other" })
            applied.GetColumn<float[]>(column).SelectMany(row => row).Should().Equal(
                chain.Transform(features).GetColumn<float[]>(column).SelectMany(row => row));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public void Export_OlderOperators_IsRefused(int opset)
    {
        var data = TestData.Vectors<float>([[1, 2], [3, 5]]);
        var model = TestData.ML.Transforms.BatchNormalization("Features").Fit(data);

        var export = () => OnnxRoundTrip.Export(model, data, opset);

        export.Should().Throw<Exception>().WithMessage($"*OpSet version {opset} is lower than MLNet.BatchNorm's minimum*11*");
    }

    private static void ShouldGiveTheSame<T>(BatchNormalizationOptions options, IDataView data, string form)
    {
        var model = TestData.ML.Transforms.BatchNormalization(options).Fit(data);

        var applied = OnnxRoundTrip.Apply(model, data);

        applied.GetColumn<T[]>("Features").SelectMany(row => row).Should().Equal(
            model.Transform(data).GetColumn<T[]>("Features").SelectMany(row => row), form);
    }

    private static BatchNormalizationOptions Options() => new() { Columns = [new("Features")], Gamma = [1.5f], Beta = [0.25f] };

    private static T[][] Rows<T>(BatchNormalizationOptions options, Func<double, T> of)
    {
        var random = new Random(4);
        var hasMissing = options.MissingValues != MissingValueHandling.Error;
        return
        [
            .. Enumerable.Range(0, 9).Select(row => Enumerable.Range(0, Image.Size)
                .Select(slot => of(hasMissing && random.Next(8) == 0 ? double.NaN : 700 * random.NextDouble() * (slot + 1))).ToArray()),
        ];
    }
}
