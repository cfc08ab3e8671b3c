using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests;

public class BatchNormalizationOptionsTests
{
    private static readonly BatchNormalizationOptions Valid = new() { Columns = [new InputOutputColumnPair("Features")] };
    private static readonly float[][] Rows = [[1, 10], [2, 30], [3, 80]];

    // One rounding of a double result to float; values are below 10.
    private const double FloatRounding = 1e-6;

    [Fact]
    public void Columns_Empty_IsRefused()
    {
        var set = () => new BatchNormalizationOptions { Columns = [] };

        set.Should().Throw<ArgumentException>().WithMessage("*at least one column*").WithParameterName("Columns");
    }

    [Fact]
    public void Columns_WithNull_IsRefused()
    {
        var set = () => new BatchNormalizationOptions { Columns = [null!] };

        set.Should().Throw<ArgumentException>().WithParameterName("Columns");
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1e-5f)]
    [InlineData(float.NaN)]
    public void Epsilon_NotPositive_IsRefused(float epsilon)
    {
        var set = () => Valid with { Epsilon = epsilon };

        set.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Epsilon must be positive*").WithParameterName("Epsilon");
    }

    [Fact]
    public void Layout_Unknown_IsRefused()
    {
        var set = () => Valid with { Layout = (ChannelLayout)7 };

        set.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*PerSlot, ChannelsFirst, ChannelsLast*").WithParameterName("Layout");
    }

    [Theory]
    [InlineData(new float[0])]
    [InlineData(new[] { 1, float.NaN })]
    public void GammaAndBeta_EmptyOrNotFinite_AreRefused(float[] values)
    {
        var setGamma = () => Valid with { Gamma = values };
        var setBeta = () => Valid with { Beta = values };

        setGamma.Should().Throw<ArgumentException>().WithMessage("Gamma must be one finite value per channel*").WithParameterName("Gamma");
        setBeta.Should().Throw<ArgumentException>().WithMessage("Beta must be one finite value per channel*").WithParameterName("Beta");
    }

    [Fact]
    public void Estimator_OptionsThatContradictEachOther_IsRefused()
    {
        Refused(Valid with { Scale = false, Gamma = [2] }, "*Gamma*Scale is off*");
        Refused(Valid with { Center = false, Beta = [2] }, "*Beta*Center is off*");
        Refused(Valid with { ImageShape = Shape.Image(1, 1, 2) }, "*ImageShape*PerSlot*");
        Refused(Valid with { Columns = [new("Same", "Features"), new("Same", "Other")] }, "*'Same'*");

        static void Refused(BatchNormalizationOptions options, string message)
        {
            var create = () => TestData.ML.Transforms.BatchNormalization(options);
            create.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void Estimator_NoOptionsOrCatalog_NamesTheArgument()
    {
        var noOptions = () => TestData.ML.Transforms.BatchNormalization((BatchNormalizationOptions)null!);
        var noCatalog = () => ((TransformsCatalog)null!).BatchNormalization("Features");
        var noData = () => TestData.ML.Transforms.BatchNormalization("Features").Fit(null!);

        noOptions.Should().Throw<ArgumentNullException>().WithParameterName("options");
        noCatalog.Should().Throw<ArgumentNullException>().WithParameterName("catalog");
        noData.Should().Throw<ArgumentNullException>().WithParameterName("input");
    }

    [Fact]
    public void Fit_GammaAndBetaPerChannel_AreApplied()
    {
        var normalized = Normalize(Valid with { Gamma = [2, -3], Beta = [0.5f, 100] });

        Oracle.Slot(normalized, 0)
            .Should().Equal(Oracle.Normalize(Oracle.Slot(Rows, 0), 2, 0.5), (f, e) => Math.Abs(f - e) <= FloatRounding);
        Oracle.Slot(normalized, 1)
            .Should().Equal(Oracle.Normalize(Oracle.Slot(Rows, 1), -3, 100), (f, e) => Math.Abs(f - e) <= 100 * FloatRounding);
    }

    [Fact]
    public void Fit_GammaAndBetaForAll_AreApplied()
    {
        var normalized = Normalize(Valid with { Gamma = [4], Beta = [-1] });

        for (var slot = 0; slot < 2; slot++)
            Oracle.Slot(normalized, slot)
                .Should().Equal(Oracle.Normalize(Oracle.Slot(Rows, slot), 4, -1), (f, e) => Math.Abs(f - e) <= FloatRounding);
    }

    [Fact]
    public void Fit_WrongNumberOfGammas_NamesColumnAndCounts()
    {
        var fit = () => Normalize(Valid with { Gamma = [1, 2, 3] });

        fit.Should().Throw<ArgumentException>().WithMessage("*Gamma has 3 values*'Features' has 2 channels*").WithParameterName("Gamma");
    }

    [Fact]
    public void Fit_CenterAndScaleOff_GivesMeanZeroAndVarianceOne()
    {
        var normalized = Normalize(Valid with { Center = false, Scale = false });

        Oracle.Slot(normalized, 1).Should().Equal(Oracle.Normalize(Oracle.Slot(Rows, 1)), (f, e) => Math.Abs(f - e) <= FloatRounding);
    }

    [Fact]
    public void Fit_LargeEpsilon_IsAShareOfTheVariance()
    {
        var normalized = Normalize(Valid with { Epsilon = 50 });

        Oracle.Slot(normalized, 1).Should()
            .Equal(Oracle.Normalize(Oracle.Slot(Rows, 1), epsilon: 50), (f, e) => Math.Abs(f - e) <= FloatRounding);
    }

    [Fact]
    public void ShortForm_SameAsOptions_GivesTheSameTransformer()
    {
        var data = TestData.Vectors(Rows, [1, 1, 2]);
        var shortForm = TestData.ML.Transforms.BatchNormalization("Out", "Features", epsilon: 0.5f, center: false, scale: false,
            ChannelLayout.ChannelsLast);
        var options = new BatchNormalizationOptions
        {
            Columns = [new("Out", "Features")],
            Epsilon = 0.5f,
            Center = false,
            Scale = false,
            Layout = ChannelLayout.ChannelsLast,
        };

        RowText.Of(shortForm.Fit(data).Transform(data))
            .Should().Equal(RowText.Of(TestData.ML.Transforms.BatchNormalization(options).Fit(data).Transform(data)));
    }

    private static float[][] Normalize(BatchNormalizationOptions options)
    {
        var data = TestData.Vectors(Rows);
        return [.. TestData.ML.Transforms.BatchNormalization(options).Fit(data).Transform(data).GetColumn<float[]>("Features")];
    }
}
