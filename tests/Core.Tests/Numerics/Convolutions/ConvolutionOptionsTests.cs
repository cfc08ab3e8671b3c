using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>Windows that differ by direction and side, dilation and groups.</summary>
[Collection(nameof(WorkersAlone))]
public sealed class ConvolutionOptionsTests
{
    // Images, height, width, channels, window height, window width, filters; stride, padding top left bottom right, dilation, groups.
    public static TheoryData<int[], int[]> GeneralShapes => new()
    {
        { [2, 7, 9, 5, 3, 2, 7], [2, 1, 1, 0, 0, 2, 1, 1, 1] },
        { [2, 6, 6, 16, 3, 3, 16], [2, 2, 0, 0, 1, 1, 1, 1, 1] },
        { [1, 9, 8, 17, 3, 3, 18], [1, 1, 1, 1, 0, 0, 1, 1, 1] },
        { [3, 1, 21, 4, 1, 3, 6], [1, 1, 0, 1, 0, 1, 1, 1, 1] },
        { [2, 1, 9, 3, 1, 1, 2], [1, 1, 0, 2, 0, 2, 1, 1, 1] },
        { [2, 5, 4, 3, 2, 2, 5], [1, 1, 4, 3, 5, 3, 1, 1, 1] },
        { [2, 11, 10, 6, 3, 3, 9], [1, 1, 2, 2, 2, 2, 2, 2, 1] },
        { [1, 12, 13, 19, 3, 2, 4], [2, 3, 3, 1, 0, 2, 3, 4, 1] },
        { [2, 8, 7, 16, 3, 3, 16], [1, 1, 2, 2, 2, 2, 2, 2, 1] },
        { [2, 7, 6, 12, 3, 3, 20], [1, 1, 1, 1, 1, 1, 1, 1, 4] },
        { [2, 7, 6, 40, 3, 3, 80], [2, 2, 1, 1, 1, 1, 1, 1, 2] },
        { [2, 5, 5, 34, 1, 1, 51], [1, 1, 0, 0, 0, 0, 1, 1, 17] },
        { [1, 9, 8, 6, 3, 3, 6], [2, 1, 2, 1, 0, 2, 1, 2, 3] },
        { [2, 8, 9, 1, 3, 3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1] },
        { [3, 8, 9, 37, 3, 3, 37], [1, 1, 1, 1, 1, 1, 1, 1, 37] },
        { [2, 9, 8, 16, 3, 3, 16], [2, 2, 0, 0, 1, 1, 1, 1, 16] },
        { [1, 11, 23, 33, 5, 5, 33], [1, 1, 2, 2, 2, 2, 1, 1, 33] },
        { [2, 12, 13, 20, 3, 3, 20], [1, 2, 2, 3, 2, 3, 2, 3, 20] },
        { [2, 4, 3, 3, 2, 2, 3], [1, 1, 3, 2, 4, 3, 1, 1, 3] },
        { [2, 7, 6, 5, 3, 3, 10], [1, 1, 1, 1, 1, 1, 1, 1, 5] },
        { [1, 9, 10, 128, 3, 3, 64], [2, 2, 1, 1, 1, 1, 1, 1, 2] },
    };

    [Theory]
    [MemberData(nameof(GeneralShapes))]
    public void AllPasses_DirectionsSidesDilationAndGroups_MatchDefinition(int[] shape, int[] options)
    {
        var test = new ConvolutionCase(shape, options);
        float[] y = new float[test.Dy.Length], dx = new float[test.X.Length], dFilters = new float[test.Filters.Length];
        foreach (var results in (float[][])[y, dx, dFilters])
            Array.Fill(results, float.NaN);

        test.Run(y, dx, dFilters);

        double[] expected = [.. test.Forward().Select((value, i) => value + test.Bias[i % test.Count])];
        var patch = test.Window.PatchSize;
        SlidingWindowOracle.WorstDifference(y, expected).Should().BeLessThan(ConvolutionCase.Tolerance(patch));
        SlidingWindowOracle.WorstDifference(dx, test.BackwardInput()).Should().BeLessThan(ConvolutionCase.Tolerance(25 * test.Count));
        SlidingWindowOracle.WorstDifference(dFilters, test.BackwardFilters())
            .Should().BeLessThan(ConvolutionCase.Tolerance(test.Window.Images * test.Window.OutputPixels));
        Convolution.Forward(test.Window, test.X, test.Filters, test.Bias, y, relu: true);
        SlidingWindowOracle.WorstDifference(y, [.. expected.Select(value => Math.Max(0, value))])
            .Should().BeLessThan(ConvolutionCase.Tolerance(patch));
    }

    [Theory]
    [MemberData(nameof(GeneralShapes))]
    public void Forward_DirectionsSidesDilationAndGroups_GiveEachImageTheBitsOfItAlone(int[] shape, int[] options)
    {
        var test = new ConvolutionCase(shape, options);

        test.Run().Y.Should().Equal(test.ForwardOneByOne());
    }

    [Theory]
    [MemberData(nameof(GeneralShapes))]
    public void Forward_KeptFilters_GivesTheSameBits(int[] shape, int[] options)
    {
        var test = new ConvolutionCase(shape, options);
        var y = new float[test.Dy.Length];
        var filters = new ConvolutionFilters(test.Window with { Images = 1 }, test.Filters);
        Convolution.Forward(test.X, filters, test.Bias, y, test.Window.Images, relu: false);
        y.Should().Equal(test.Run().Y);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void AllPasses_GroupsOnAnyNumberOfThreads_GiveTheSameBits(int groups)
    {
        var test = new ConvolutionCase([9, 19, 18, 20, 3, 3, 20], [2, 1, 0, 1, 1, 2, 1, 2, groups]);
        (float[] Y, float[] Dx, float[] DFilters) On(int threads)
        {
            using var limit = BlockRunner.Limit(threads);
            return test.Run();
        }

        using var most = new MaxThreads(4);
        var (one, four) = (On(1), On(4));
        four.Y.AsSpan().SequenceEqual(one.Y).Should().BeTrue();
        four.Dx.AsSpan().SequenceEqual(one.Dx).Should().BeTrue();
        four.DFilters.AsSpan().SequenceEqual(one.DFilters).Should().BeTrue();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    public void AllPasses_GroupsAfterTheFirstCall_AllocateNothing(int groups)
    {
        var test = new ConvolutionCase([3, 9, 8, 20, 3, 3, 20], [2, 1, 0, 1, 1, 2, 1, 2, groups]);
        float[] y = new float[test.Dy.Length], dx = new float[test.X.Length], dFilters = new float[test.Filters.Length];

        Allocations.Of(() => test.Run(y, dx, dFilters)).Should().Be(0);
    }

    [Fact]
    public void Forward_GroupsThatDivideChannelsButNotFilters_Throws()
    {
        var window = new SlidingWindow(1, 2, 2, 2, 1, 1) { Groups = 2 };
        var act = () => Convolution.Forward(window, new float[8], new float[3], [], new float[12]);
        act.Should().Throw<ArgumentException>().WithMessage("*as many in each group*").WithParameterName("filters");
    }
}
