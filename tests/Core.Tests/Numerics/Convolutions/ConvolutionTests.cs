using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class ConvolutionTests
{
    // Images, height, width, channels, window height, window width, stride, padding, filters.
    public static TheoryData<int[]> Shapes => new(
        [1, 1, 1, 1, 1, 1, 1, 0, 1],
        [2, 5, 7, 3, 3, 3, 1, 1, 4],
        [3, 8, 6, 1, 3, 3, 1, 1, 16],
        [2, 9, 11, 5, 3, 2, 2, 1, 7],
        [2, 7, 5, 16, 1, 1, 1, 0, 33],
        [2, 7, 5, 16, 1, 1, 2, 0, 5],
        [2, 7, 5, 3, 1, 1, 1, 0, 6],
        [1, 6, 5, 7, 1, 1, 1, 0, 40],
        [1, 12, 10, 17, 5, 5, 3, 2, 20],
        [4, 14, 14, 16, 3, 3, 1, 1, 32],
        [1, 3, 40, 2, 3, 4, 1, 0, 9],
        [2, 6, 6, 40, 3, 3, 1, 2, 10],
        [7, 28, 28, 1, 3, 3, 1, 1, 16],
        [2, 5, 6, 64, 3, 3, 1, 1, 20],
        [1, 13, 9, 35, 5, 5, 1, 1, 3],
        [3, 4, 3, 31, 2, 2, 1, 1, 37],
        [1, 9, 8, 24, 3, 3, 1, 0, 6],
        [2, 8, 9, 3, 3, 3, 3, 2, 12],
        [1, 5, 5, 90, 5, 5, 1, 4, 2],
        [2, 70, 60, 18, 3, 3, 1, 1, 2],
        [2, 67, 90, 9, 3, 3, 2, 1, 2],
        [1, 7, 7, 16, 3, 3, 1, 1, 16],
        [2, 9, 10, 17, 3, 3, 1, 0, 19],
        [3, 11, 6, 33, 3, 3, 1, 2, 40],
        [2, 1, 49, 16, 3, 3, 1, 1, 18],
        [1, 16, 15, 20, 3, 3, 1, 1, 70],
        [2, 28, 27, 32, 3, 3, 1, 1, 16]);

    // The direct way and that of few multiplications, the latter with tiles that cross the border of the image.
    public static TheoryData<int[]> BothWays => new([9, 14, 15, 5, 3, 3, 1, 1, 20], [9, 14, 15, 17, 3, 3, 1, 1, 20]);

    // Images too small to be cut into as many bands or blocks of tiles as there are threads, by both ways, with one panel of filters, and
    // with channels that threads share, or cannot where a share would be no whole panels.
    public static TheoryData<int[]> SmallImages => new(
        [1, 7, 7, 40, 3, 3, 1, 1, 72], [1, 14, 14, 33, 3, 3, 2, 1, 72], [1, 40, 40, 3, 7, 7, 2, 3, 20], [3, 20, 20, 5, 3, 3, 1, 1, 20],
        [1, 14, 13, 128, 3, 3, 2, 1, 20], [1, 9, 10, 192, 3, 2, 2, 1, 24], [2, 15, 15, 64, 1, 1, 2, 0, 80],
        [1, 9, 10, 144, 3, 3, 2, 1, 24]);

    // Sums of small whole numbers, and of their halves and quarters, are exact in whatever order.
    [Fact]
    public void AllPasses_WholeNumbersByWinograd_AreExact()
    {
        var test = new ConvolutionCase([2, 9, 8, 18, 3, 3, 1, 1, 21]);
        foreach (var values in (float[][])[test.X, test.Filters, test.Dy])
            Round(values);
        Array.Clear(test.Bias);
        Winograd.Pays(test.Window, test.Count).Should().BeTrue();

        var (y, dx, dFilters) = test.Run();

        SlidingWindowOracle.WorstDifference(y, test.Forward()).Should().Be(0);
        SlidingWindowOracle.WorstDifference(dx, test.BackwardInput()).Should().Be(0);
        SlidingWindowOracle.WorstDifference(dFilters, test.BackwardFilters()).Should().Be(0);
    }

    // More tiles than are added up at once, of whole numbers, whose sums are exact.
    [Fact]
    public void BackwardFilters_ManyImages_AddsUpWhatEachGives()
    {
        var window = new SlidingWindow(9, 32, 31, 16, 3, 3) { Padding = 1 };
        float[] x = WholeNumbers(window.Images * window.ImageSize, 1), dy = WholeNumbers(x.Length, 2);
        float[] all = new float[9 * 16 * 16], one = new float[all.Length], expected = new float[all.Length];
        Winograd.Pays(window, 16).Should().BeTrue();

        Convolution.BackwardFilters(window, x, dy, all);

        for (var image = 0; image < window.Images; image++)
        {
            var (first, size) = (image * window.ImageSize, window.ImageSize);
            Convolution.BackwardFilters(window with { Images = 1 }, x.AsSpan(first, size), dy.AsSpan(first, size), one);
            for (var i = 0; i < one.Length; i++)
                expected[i] += one[i];
        }

        all.Should().Equal(expected);
    }

    [Theory]
    [InlineData(3, 1, 16, 16, true)]
    [InlineData(3, 2, 16, 16, false)]
    [InlineData(5, 1, 16, 16, false)]
    [InlineData(3, 1, 15, 16, false)]
    [InlineData(3, 1, 16, 15, false)]
    public void WinogradPays_Windows_AsTheyCanBeComputed(int side, int stride, int channels, int filters, bool expected) =>
        Winograd.Pays(new SlidingWindow(1, 20, 20, channels, side, side) { Stride = stride }, filters).Should().Be(expected);

    [Fact]
    public void AllPasses_OneTo35Channels_MatchDefinition()
    {
        for (var channels = 1; channels <= 35; channels++)
        {
            var test = new ConvolutionCase([1, 4, 3, channels, 3, 3, 1, 1, 36 - channels]);
            var (y, dx, dFilters) = test.Run();
            var expected = test.Forward().Select((value, i) => value + test.Bias[i % test.Count]);
            SlidingWindowOracle.WorstDifference(y, [.. expected]).Should().BeLessThan(ConvolutionCase.Tolerance(test.Window.PatchSize));
            SlidingWindowOracle.WorstDifference(dx, test.BackwardInput()).Should().BeLessThan(ConvolutionCase.Tolerance(9 * test.Count));
            SlidingWindowOracle.WorstDifference(dFilters, test.BackwardFilters()).Should().BeLessThan(ConvolutionCase.Tolerance(12));
        }
    }

    [Fact]
    public void BackwardFilters_NoImages_GivesZeros()
    {
        var dFilters = new float[9];
        Array.Fill(dFilters, float.NaN);
        Convolution.BackwardFilters(new SlidingWindow(0, 4, 4, 1, 3, 3), [], [], dFilters);
        dFilters.Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public void Forward_ImageAmongOthers_GivesTheSameBitsAsAlone(int[] shape)
    {
        var test = new ConvolutionCase(shape);

        test.Run().Y.Should().Equal(test.ForwardOneByOne());
    }

    // Filters that are packed for the pixels of all images together, and read in place for those of one.
    [Fact]
    public void Forward_LargeFilters_GivesTheSameBitsForAnImageAlone()
    {
        var window = new SlidingWindow(4, 9, 9, 1024, 1, 1) { Stride = 2 };
        float[] x = SlidingWindowOracle.Values(window.Images * window.ImageSize, 1), filters = SlidingWindowOracle.Values(1024 * 2049, 2);
        float[] all = new float[4 * 25 * 2049], alone = new float[25 * 2049];

        Convolution.Forward(window, x, filters, [], all);

        for (var image = 0; image < window.Images; image++)
        {
            Convolution.Forward(window with { Images = 1 }, x.AsSpan(image * window.ImageSize, window.ImageSize), filters, [], alone);
            all.AsSpan(image * alone.Length, alone.Length).SequenceEqual(alone).Should().BeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    [MemberData(nameof(SmallImages))]
    public void Forward_AnyShape_MatchesDefinition(int[] shape)
    {
        var test = new ConvolutionCase(shape);
        foreach (var relu in (bool[])[false, true])
        {
            var y = new float[test.Dy.Length];
            Convolution.Forward(test.Window, test.X, test.Filters, test.Bias, y, relu);
            var expected = test.Forward().Select((value, i) => value + test.Bias[i % test.Count]);
            SlidingWindowOracle.WorstDifference(y, [.. relu ? expected.Select(value => Math.Max(0, value)) : expected])
                .Should().BeLessThan(ConvolutionCase.Tolerance(test.Window.PatchSize));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    [MemberData(nameof(SmallImages))]
    public void Forward_KeptFilters_GivesTheSameBits(int[] shape)
    {
        var test = new ConvolutionCase(shape);
        var filters = new ConvolutionFilters(test.Window, test.Filters);
        var y = new float[test.Dy.Length];
        foreach (var relu in (bool[])[false, true])
        {
            var expected = new float[y.Length];
            Convolution.Forward(test.Window, test.X, test.Filters, test.Bias, expected, relu);
            Convolution.Forward(test.X, filters, test.Bias, y, test.Window.Images, relu);
            y.Should().Equal(expected);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    [MemberData(nameof(SmallImages))]
    public void BackwardInput_AnyShape_MatchesDefinition(int[] shape)
    {
        var test = new ConvolutionCase(shape);
        var dx = new float[test.X.Length];
        Array.Fill(dx, float.NaN);
        Convolution.BackwardInput(test.Window, test.Filters, test.Dy, dx);
        SlidingWindowOracle.WorstDifference(dx, test.BackwardInput()).Should().BeLessThan(ConvolutionCase.Tolerance(25 * test.Count));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BackwardFilters_AnyShape_MatchesDefinition(int[] shape)
    {
        var test = new ConvolutionCase(shape);
        var dFilters = new float[test.Filters.Length];
        Array.Fill(dFilters, float.NaN);
        Convolution.BackwardFilters(test.Window, test.X, test.Dy, dFilters);
        SlidingWindowOracle.WorstDifference(dFilters, test.BackwardFilters())
            .Should().BeLessThan(ConvolutionCase.Tolerance(test.Window.Images * test.Window.OutputPixels));
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    [MemberData(nameof(SmallImages))]
    public void AllPasses_AnyNumberOfThreads_GiveTheSameBits(int[] shape)
    {
        var test = new ConvolutionCase(shape);
        (float[] Y, float[] Dx, float[] DFilters) On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            return test.Run();
        }

        using var most = new MaxThreads(4);
        var one = On(1);
        foreach (var threads in (int[])[2, 3, 4, 4, 4])
        {
            var several = On(threads);
            several.Y.AsSpan().SequenceEqual(one.Y).Should().BeTrue();
            several.Dx.AsSpan().SequenceEqual(one.Dx).Should().BeTrue();
            several.DFilters.AsSpan().SequenceEqual(one.DFilters).Should().BeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public void AllPasses_AfterTheFirstCall_AllocateNothing(int[] shape)
    {
        var test = new ConvolutionCase(shape);
        float[] y = new float[test.Dy.Length], dx = new float[test.X.Length], dFilters = new float[test.Filters.Length];

        Allocations.Of(() => test.Run(y, dx, dFilters)).Should().Be(0);
    }

    [Fact]
    public void Forward_WindowLargerThanImage_SaysSo()
    {
        var act = () => Convolution.Forward(new SlidingWindow(1, 2, 2, 1, 3, 3), new float[4], new float[9], [], new float[1]);
        act.Should().Throw<ArgumentException>().WithMessage("*must fit*");
    }

    [Fact]
    public void BackwardFilters_WrongGradientLength_NamesIt()
    {
        var act = () => Convolution.BackwardFilters(new SlidingWindow(1, 4, 4, 1, 3, 3), new float[16], new float[9], new float[18]);
        act.Should().Throw<ArgumentException>().WithParameterName("dy").WithMessage("8 values*9*");
    }

    private static float[] WholeNumbers(int length, int seed)
    {
        var values = SlidingWindowOracle.Values(length, seed);
        Round(values);
        return values;
    }

    private static void Round(float[] values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = MathF.Round(values[i] * 3);
    }
}
