using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class PoolingTests
{
    // Images, height, width, channels, window height, window width, stride, padding.
    public static TheoryData<int[]> Shapes => new(
        [1, 2, 2, 1, 2, 2, 2, 0],
        [2, 28, 28, 16, 2, 2, 2, 0],
        [3, 7, 9, 5, 3, 2, 2, 1],
        [2, 6, 5, 33, 3, 3, 1, 1],
        [2, 6, 5, 7, 6, 5, 1, 0],
        [1, 5, 5, 20, 2, 2, 3, 1],
        [3, 7, 9, 5, 2, 2, 2, 0],
        [2, 5, 4, 35, 2, 2, 2, 0],
        [2, 6, 3, 16, 2, 2, 2, 0],
        [1, 2, 3, 31, 2, 2, 2, 0],
        [3, 4, 4, 3, 2, 2, 1, 0]);

    // As above up to the window's width; then stride, padding top left bottom right, dilation, ceil mode, padding counted.
    public static TheoryData<int[], int[]> GeneralShapes => new()
    {
        { [2, 7, 9, 5, 3, 2], [2, 1, 1, 0, 0, 1, 1, 1, 0, 0] },
        { [2, 1, 11, 17, 1, 3], [1, 2, 0, 1, 0, 2, 1, 1, 0, 1] },
        { [3, 5, 5, 3, 2, 2], [2, 2, 0, 0, 0, 0, 1, 1, 1, 0] },
        { [2, 6, 7, 16, 3, 3], [2, 2, 1, 1, 1, 1, 1, 1, 1, 1] },
        { [2, 6, 7, 16, 3, 3], [3, 2, 1, 1, 1, 1, 1, 1, 1, 0] },
        { [1, 9, 10, 4, 2, 3], [1, 1, 1, 2, 1, 0, 2, 3, 0, 0] },
        { [2, 8, 9, 18, 3, 2], [2, 2, 2, 0, 1, 1, 2, 2, 1, 1] },
        { [1, 1, 1, 2, 1, 1], [2, 2, 0, 0, 0, 0, 1, 1, 1, 0] },
        { [1, 5, 5, 2, 2, 2], [3, 3, 1, 1, 1, 1, 1, 1, 1, 1] },
    };

    [Theory]
    [MemberData(nameof(GeneralShapes))]
    public void AllPasses_DirectionsSidesDilationAndCeilMode_MatchDefinition(int[] shape, int[] options)
    {
        var test = new Case(shape, options);
        float[] max = new float[test.Dy.Length], maxDx = new float[test.X.Length];
        float[] average = new float[test.Dy.Length], averageDx = new float[test.X.Length];

        Pooling.Max(test.Window, test.X, max);
        Pooling.MaxBackward(test.Window, test.X, max, test.Dy, maxDx);
        Pooling.Average(test.Window, test.X, average);
        Pooling.AverageBackward(test.Window, test.Dy, averageDx);

        max.Should().Equal(test.Max());
        double[] expected = new double[max.Length], expectedMaxDx = new double[maxDx.Length], expectedDx = new double[maxDx.Length];
        var counts = test.Counts();
        foreach (var (output, x) in test.Terms())
        {
            expected[output] += test.X[x] / (double)counts[output];
            expectedDx[x] += test.Dy[output] / (double)counts[output];
            if (test.X[x] == max[output])
                expectedMaxDx[x] += test.Dy[output];
        }

        SlidingWindowOracle.WorstDifference(average, expected).Should().BeLessThan(1e-6, "up to 9 terms of size 1 are averaged");
        SlidingWindowOracle.WorstDifference(averageDx, expectedDx).Should().BeLessThan(1e-6, "up to 9 terms below 1 in size are added");
        SlidingWindowOracle.WorstDifference(maxDx, expectedMaxDx).Should().BeLessThan(1e-6, "up to 9 terms of size 1 are added");
    }

    // PyTorch's rule, by numbers that its documentation works out for n = 5 to 7 and a window of 2 or 3.
    [Theory]
    [InlineData(5, 2, 2, 0, false, 2)]
    [InlineData(5, 2, 2, 0, true, 3)]
    [InlineData(6, 2, 2, 0, true, 3)]
    [InlineData(7, 3, 2, 1, true, 4)]
    [InlineData(6, 3, 2, 1, true, 4)]
    [InlineData(2, 1, 2, 0, true, 1)]
    [InlineData(5, 2, 3, 1, true, 2)]
    public void OutputHeight_CeilMode_LeavesOutWindowsThatBeginBeyond(
        int length, int window, int stride, int padding, bool ceilMode, int expected) =>
        new SlidingWindow(1, length, length, 1, window, window) { Stride = stride, Padding = padding, CeilMode = ceilMode }
            .OutputHeight.Should().Be(expected);

    [Fact]
    public void Max_WindowOfPaddingAlone_Throws()
    {
        var padded = () => Pooling.Max(new SlidingWindow(1, 2, 2, 1, 1, 1) { Padding = 1 }, new float[4], new float[16]);
        var dilated = () => Pooling.Max(
            new SlidingWindow(1, 1, 1, 1, 2, 2) { Padding = 2, Dilation = 3 }, new float[1], new float[4]);

        padded.Should().Throw<ArgumentException>().WithMessage("Padding must be smaller than the window*");
        dilated.Should().Throw<ArgumentException>().WithMessage("*dilation not larger than the image*");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Max_AnyShape_MatchesDefinition(int[] shape)
    {
        var test = new Case(shape);
        var y = new float[test.Dy.Length];
        Pooling.Max(test.Window, test.X, y);
        y.AsSpan().SequenceEqual(test.Max()).Should().BeTrue("a maximum is not rounded");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MaxBackward_WithTies_GivesAllToTheFirst(int[] shape)
    {
        var test = new Case(shape);
        for (var i = 0; i < test.X.Length; i++)
            test.X[i] = MathF.Round(test.X[i] * 2);   // five values, so most windows have ties
        var y = test.Max();
        var dx = new float[test.X.Length];
        Array.Fill(dx, float.NaN);

        Pooling.MaxBackward(test.Window, test.X, y, test.Dy, dx);

        var expected = new double[dx.Length];
        var taken = new HashSet<int>();
        foreach (var (output, x) in test.Terms())
            if (test.X[x] == y[output] && taken.Add(output))
                expected[x] += test.Dy[output];
        SlidingWindowOracle.WorstDifference(dx, expected).Should().BeLessThan(1e-6, "up to 9 terms of size 1 are added");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Average_AnyShape_CountsOnlyPixelsThatExist(int[] shape)
    {
        var test = new Case(shape);
        var y = new float[test.Dy.Length];
        Pooling.Average(test.Window, test.X, y);
        var (expected, counts) = (new double[y.Length], test.Counts());
        foreach (var (output, x) in test.Terms())
            expected[output] += test.X[x] / (double)counts[output];
        SlidingWindowOracle.WorstDifference(y, expected).Should().BeLessThan(1e-6, "up to 30 terms of size 1 are averaged");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AverageBackward_AnyShape_MatchesDefinition(int[] shape)
    {
        var test = new Case(shape);
        var dx = new float[test.X.Length];
        Array.Fill(dx, float.NaN);
        Pooling.AverageBackward(test.Window, test.Dy, dx);
        var (expected, counts) = (new double[dx.Length], test.Counts());
        foreach (var (output, x) in test.Terms())
            expected[x] += test.Dy[output] / (double)counts[output];
        SlidingWindowOracle.WorstDifference(dx, expected).Should().BeLessThan(1e-6, "up to 9 terms below 1 in size are added");
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void Max_NotANumberInTheWindow_StaysNotANumber(int position, int stride)
    {
        var x = new float[4 * 18];
        x[(position * 18) + 17] = float.NaN;
        var y = new float[18];
        Pooling.Max(new SlidingWindow(1, 2, 2, 18, 2, 2) { Stride = stride }, x, y);
        y[17].Should().Be(float.NaN);
        y[..17].Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 0)]
    public void AllPasses_AnyNumberOfThreads_GiveTheSameBits(int size, int padding)
    {
        var test = new Case([9, 21, 20, 10, size, size, 2, padding]);
        (float[] Max, float[] MaxDx, float[] Average, float[] AverageDx) On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            float[] max = new float[test.Dy.Length], average = new float[test.Dy.Length];
            float[] maxDx = new float[test.X.Length], averageDx = new float[test.X.Length];
            Pooling.Max(test.Window, test.X, max);
            Pooling.MaxBackward(test.Window, test.X, max, test.Dy, maxDx);
            Pooling.Average(test.Window, test.X, average);
            Pooling.AverageBackward(test.Window, test.Dy, averageDx);
            return (max, maxDx, average, averageDx);
        }

        using var most = new MaxThreads(4);
        var one = On(1);
        var four = On(4);
        four.Max.AsSpan().SequenceEqual(one.Max).Should().BeTrue();
        four.MaxDx.AsSpan().SequenceEqual(one.MaxDx).Should().BeTrue();
        four.Average.AsSpan().SequenceEqual(one.Average).Should().BeTrue();
        four.AverageDx.AsSpan().SequenceEqual(one.AverageDx).Should().BeTrue();
    }

    [Fact]
    public void Max_WrongLength_NamesTheArgument()
    {
        var act = () => Pooling.Max(new SlidingWindow(1, 2, 2, 3, 2, 2), new float[12], new float[4]);
        act.Should().Throw<ArgumentException>().WithParameterName("y").WithMessage("3 values*4*");
    }

    private sealed class Case
    {
        public Case(int[] shape) : this(Over(shape) with { Stride = shape[6], Padding = shape[7] })
        {
        }

        public Case(int[] shape, int[] options)
            : this(Over(shape) with
            {
                Stride = new Size2D(options[0], options[1]),
                Padding = new Padding2D(options[2], options[3], options[4], options[5]),
                Dilation = new Size2D(options[6], options[7]),
                CeilMode = options[8] == 1,
                CountsPadding = options[9] == 1,
            })
        {
        }

        private Case(SlidingWindow window)
        {
            Window = window;
            X = SlidingWindowOracle.Values(Window.Images * Window.ImageSize, 1);
            Dy = SlidingWindowOracle.Values(Window.Images * Window.OutputPixels * Window.Channels, 2);
        }

        public SlidingWindow Window { get; }

        public float[] X { get; }

        public float[] Dy { get; }

        public float[] Max()
        {
            var y = new float[Dy.Length];
            Array.Fill(y, float.NegativeInfinity);
            foreach (var (output, x) in Terms())
                y[output] = Math.Max(y[output], X[x]);
            return y;
        }

        /// <summary>By how many pixels each mean is divided.</summary>
        public int[] Counts()
        {
            var counts = new int[Dy.Length];
            if (Window.CountsPadding)
                for (var i = 0; i < counts.Length; i++)
                    counts[i] = CountWithPadding(i / Window.Channels % (Window.OutputHeight * Window.OutputWidth));
            else
                foreach (var (output, _) in Terms())
                    counts[output]++;
            return counts;
        }

        private int CountWithPadding(int output)
        {
            var (oy, ox) = Math.DivRem(output, Window.OutputWidth);
            var rows = Enumerable.Range(0, Window.WindowHeight).Count(ky =>
                (oy * Window.Stride.Height) + (ky * Window.Dilation.Height) < Window.Padding.Top + Window.Height + Window.Padding.Bottom);
            return rows * Enumerable.Range(0, Window.WindowWidth).Count(kx =>
                (ox * Window.Stride.Width) + (kx * Window.Dilation.Width) < Window.Padding.Left + Window.Width + Window.Padding.Right);
        }

        private static SlidingWindow Over(int[] shape) => new(shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]);

        public IEnumerable<(int Output, int X)> Terms() =>
            from pair in SlidingWindowOracle.Pairs(Window)
            from channel in Enumerable.Range(0, Window.Channels)
            select ((pair.Output * Window.Channels) + channel, (pair.Pixel * Window.Channels) + channel);
    }
}
