using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

public class BatchNormalizationMovingAverageTests
{
    // Double arithmetic in another order than the oracle's.
    private const double DoubleRounding = 1e-12;

    [Theory]
    [InlineData(null, 0.1 * 3, 0.9 + 0.1 * 2.5)]                           // PyTorch: the unbiased batch variance
    [InlineData(VarianceEstimate.Unbiased, 0.1 * 3, 0.9 + 0.1 * 2.5)]
    [InlineData(VarianceEstimate.Biased, 0.1 * 3, 0.9 + 0.1 * 2.0)]        // Keras, whose momentum is 0.9 then
    public void Fit_OneBatch_GivesTheWorkedStep(VarianceEstimate? variance, double mean, double expectedVariance)
    {
        var column = Fit(new MovingAverage(), [1, 2, 3, 4, 5], variance);

        column.Mean[0].Should().BeApproximately(mean, 1e-8);   // momentum is the float 0.1
        column.Variance[0].Should().BeApproximately(expectedVariance, 1e-8);
        column.VarianceEstimate.Should().Be(variance ?? VarianceEstimate.Unbiased);
        column.Count.Should().Be(5);
    }

    [Theory]
    [InlineData(0.25f)]
    [InlineData(null)]
    public void Fit_ManyBatches_FollowsTheRecurrence(float? momentum)
    {
        var values = Values(1003);

        var column = Fit(new MovingAverage { BatchSize = 8, Momentum = momentum }, values);

        var (mean, variance, batches) = (0.0, 1.0, 0);
        foreach (var batch in values.Chunk(8))
        {
            var weight = momentum ?? 1.0 / ++batches;
            mean = (1 - weight) * mean + weight * Oracle.Mean(batch);
            variance = (1 - weight) * variance + weight * Oracle.Variance(batch) * batch.Length / (batch.Length - 1);
        }

        column.Mean[0].Should().BeApproximately(mean, DoubleRounding);
        column.Variance[0].Should().BeApproximately(variance, DoubleRounding);
    }

    [Fact]
    public void Fit_SingleRowLeft_JoinsTheBatchBefore()
    {
        var values = Values(9);

        var column = Fit(new MovingAverage { BatchSize = 4, Momentum = null }, values);

        column.Mean[0].Should().BeApproximately((Oracle.Mean(values[..4]) + Oracle.Mean(values[4..])) / 2, DoubleRounding);
        column.Count.Should().Be(9);
    }

    [Theory]
    [InlineData(0.25f, float.NaN, float.NaN)]
    [InlineData(null, float.NaN, float.NaN)]
    [InlineData(0.25f, float.NaN, 7f)]
    [InlineData(null, 7f, float.NaN)]
    public void Fit_BatchWithFewerThanTwoValues_ChangesNothing(float? momentum, float first, float second)
    {
        var options = new MovingAverage { BatchSize = 2, Momentum = momentum };

        var with = Fit([1, 3, first, second, 2, 5]);
        var without = Fit([1, 3, 2, 5]);

        with.Mean.Should().Equal(without.Mean);
        with.Variance.Should().Equal(without.Variance);

        BatchNormalizationColumn Fit(float[] values) =>
            Estimator(options, missingValues: MissingValueHandling.Ignore).Fit(TestData.Scalars(values)).Columns[0];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Fit_ChannelThatDoesNotVary_GivesBeta(int rows)
    {
        var data = TestData.Scalars([.. Enumerable.Repeat(7f, rows)]);

        Estimator(new MovingAverage(), beta: 3).Fit(data).Transform(TestData.Scalars(7f, 9f)).GetColumn<float>("Features").Should()
            .Equal(3, 3);
    }

    [Fact]
    public void Fit_ImagesInEitherLayout_GiveTheSameStatistics()
    {
        var values = Values(20 * 6);
        float[][] first = [.. values.Select(value => (float)value).Chunk(6)];
        float[][] last = [.. first.Select(image => Enumerable.Range(0, 6).Select(i => image[i % 2 * 3 + i / 2]).ToArray())];

        var average = new MovingAverage { BatchSize = 3 };
        var planar = Estimator(average, layout: ChannelLayout.ChannelsFirst).Fit(TestData.Vectors(first, [2, 1, 3])).Columns[0];
        var interleaved = Estimator(average, layout: ChannelLayout.ChannelsLast).Fit(TestData.Vectors(last, [1, 3, 2])).Columns[0];

        planar.Mean.Should().Equal(interleaved.Mean);
        planar.Variance.Should().Equal(interleaved.Variance);
        planar.Count.Should().Be(60);
    }

    [Fact]
    public void Fit_SparseRows_CountTheirZeros()
    {
        float[][] rows = [.. Values(60).Chunk(3)
            .Select((row, i) => row.Select((value, slot) => (i + slot) % 3 == 0 ? (float)value : 0).ToArray())];
        var estimator = Estimator(new MovingAverage { BatchSize = 4 });

        var sparse = estimator.Fit(TestData.SparseVectors(rows)).Columns[0];
        var dense = estimator.Fit(TestData.Vectors(rows)).Columns[0];

        sparse.Variance.Should().Equal(dense.Variance);
    }

    [Fact]
    public void MovingAverage_BadValue_IsRefused()
    {
        var batch = () => new MovingAverage { BatchSize = 1 };
        var momentum = () => new MovingAverage { Momentum = 0 };

        batch.Should().Throw<ArgumentOutOfRangeException>().WithMessage("BatchSize must be at least 2*");
        momentum.Should().Throw<ArgumentOutOfRangeException>().WithMessage("Momentum must be greater than 0*");
    }

    private static BatchNormalizationColumn Fit(MovingAverage moving, double[] values, VarianceEstimate? variance = null) =>
        Estimator(moving, variance).Fit(TestData.Scalars(values)).Columns[0];

    private static BatchNormalizationEstimator Estimator(
        MovingAverage moving, VarianceEstimate? variance = null, float beta = 0, ChannelLayout layout = ChannelLayout.PerSlot,
        MissingValueHandling missingValues = MissingValueHandling.Error) =>
        TestData.ML.Transforms.BatchNormalization(new BatchNormalizationOptions
        {
            Columns = [new InputOutputColumnPair("Features")],
            MovingAverage = moving,
            Variance = variance,
            Beta = [beta],
            Layout = layout,
            MissingValues = missingValues,
        });

    private static double[] Values(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => 5 + 2 * random.NextDouble())];
    }
}
