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
        public Case(int[] shape)
        {
            Window = new SlidingWindow(shape[0], shape[1], shape[2], shape[3], shape[4], shape[5])
            {
                Stride = shape[6],
                Padding = shape[7],
            };
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

        public int[] Counts()
        {
            var counts = new int[Dy.Length];
            foreach (var (output, _) in Terms())
                counts[output]++;
            return counts;
        }

        public IEnumerable<(int Output, int X)> Terms() =>
            from pair in SlidingWindowOracle.Pairs(Window)
            from channel in Enumerable.Range(0, Window.Channels)
            select ((pair.Output * Window.Channels) + channel, (pair.Pixel * Window.Channels) + channel);
    }
}
