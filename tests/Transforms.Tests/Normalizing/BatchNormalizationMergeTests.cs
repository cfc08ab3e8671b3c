using Microsoft.ML;

namespace MLNet.BatchNorm.Transforms.Tests.Normalizing;

public class BatchNormalizationMergeTests
{
    private static readonly BatchNormalizationOptions Plain = new()
    {
        Columns = [new InputOutputColumnPair("Features")],
        MissingValues = MissingValueHandling.Ignore,
    };

    private static readonly float[][] Rows = MakeRows(3000);

    [Theory]
    [InlineData(1, VarianceEstimate.Biased)]
    [InlineData(1000, VarianceEstimate.Biased)]
    [InlineData(1000, VarianceEstimate.Unbiased)]
    [InlineData(2999, VarianceEstimate.Unbiased)]
    public void Merge_TwoParts_EqualsFittingOnBoth(int first, VarianceEstimate variance)
    {
        var estimator = Estimator(Plain with { Variance = variance, Gamma = [2], Beta = [1] });
        var (a, b) = (estimator.Fit(TestData.Vectors(Rows[..first])), estimator.Fit(TestData.Vectors(Rows[first..])));
        var whole = estimator.Fit(TestData.Vectors(Rows)).Columns[0];

        ShouldAgree(BatchNormalizationTransformer.Merge(a, b).Columns[0], whole);
        ShouldAgree(BatchNormalizationTransformer.Merge(b, a).Columns[0], whole);
        ShouldAgree(estimator.Fit(TestData.Vectors(Rows[first..]), previous: a).Columns[0], whole);
    }

    [Theory]
    [InlineData(VarianceEstimate.Biased)]
    [InlineData(VarianceEstimate.Unbiased)]
    public void Merge_WeightedParts_EqualsFittingOnBoth(VarianceEstimate variance)
    {
        var random = new Random(8);
        WeightedRow[] rows = [.. Enumerable.Range(0, 40).Select(i => new WeightedRow
        {
            Features = 1 + random.NextSingle(),
            Weight = i % 5 == 0 ? 0 : 3 * random.NextSingle(),
        })];
        var estimator = Estimator(Plain with { Variance = variance, ExampleWeightColumnName = "Weight" });
        BatchNormalizationTransformer Fit(params WeightedRow[] part) => estimator.Fit(TestData.ML.Data.LoadFromEnumerable(part));
        var whole = Fit(rows).Columns[0];

        var merged = BatchNormalizationTransformer.Merge(Fit(rows[..13]), Fit(rows[13..])).Columns[0];

        ShouldAgree(merged, whole);
        var weights = rows.Sum(row => (double)row.Weight);
        merged.Weight[0].Should().BeApproximately(weights, 1e-12 * weights);
        var mean = rows.Sum(row => (double)row.Weight * row.Features) / weights;
        var deviations = rows.Sum(row => row.Weight * Math.Pow(row.Features - mean, 2));
        var divisor = variance == VarianceEstimate.Biased ? weights : weights - 1;
        merged.Variance[0].Should().BeApproximately(deviations / divisor, 1e-12);
    }

    [Fact]
    public void Merge_ManyShardsInAnyOrder_EqualsFittingOnAll()
    {
        var estimator = Estimator(Plain);
        var shards = Rows.Chunk(37).Select(rows => estimator.Fit(TestData.Vectors(rows))).ToArray();
        new Random(4).Shuffle(shards);

        ShouldAgree(BatchNormalizationTransformer.Merge(shards).Columns[0], estimator.Fit(TestData.Vectors(Rows)).Columns[0]);
    }

    [Fact]
    public void Merge_NoneOrNullOrOtherColumns_NamesTheArgument()
    {
        var part = Estimator(Plain).Fit(TestData.Vectors(Rows[..10]));
        var wider = Estimator(Plain).Fit(TestData.Vectors<float>([[1, 2, 3, 4], [5, 6, 7, 8]]));

        Refused([]).WithParameterName("parts").WithMessage("*at least*");
        Refused([part, null!]).WithParameterName("parts[1]");
        Refused([part, part, wider]).WithParameterName("parts[2]").WithMessage("*3 channels*4 channels*");
        BatchNormalizationTransformer.Merge([part]).Columns[0].Count.Should().Be(10);

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(BatchNormalizationTransformer[] parts)
        {
            var merge = () => BatchNormalizationTransformer.Merge(parts);
            return merge.Should().Throw<ArgumentException>();
        }
    }

    [Fact]
    public void Fit_NoMoreData_GivesThePreviousStatistics()
    {
        var estimator = Estimator(Plain with { Columns = [new("Features")] });
        var previous = estimator.Fit(TestData.Scalars(1f, 2, 4));

        var continued = estimator.Fit(TestData.Scalars<float>(), previous).Columns[0];

        continued.Mean.Should().Equal(previous.Columns[0].Mean);
        continued.Variance.Should().Equal(previous.Columns[0].Variance);
        continued.Count.Should().Be(3);
    }

    [Fact]
    public void Fit_OnALoadedModel_Continues()
    {
        var estimator = Estimator(Plain);
        var saved = ModelZip.Save(estimator.Fit(TestData.Vectors(Rows[..500])), TestData.Vectors(Rows).Schema);
        var loaded = (BatchNormalizationTransformer)Unchained(ModelZip.Load(saved));

        ShouldAgree(estimator.Fit(TestData.Vectors(Rows[500..]), loaded).Columns[0], estimator.Fit(TestData.Vectors(Rows)).Columns[0]);
    }

    [Fact]
    public void Fit_SeveralTimes_GivesTheSameBits()
    {
        // More than one block, so that the hand-over between threads takes part.
        var data = TestData.Vectors(MakeRows(70_000));
        var first = Estimator(Plain).Fit(data).Columns[0];

        for (var again = 0; again < 3; again++)
        {
            Estimator(Plain).Fit(data).Columns[0].Mean.Should().Equal(first.Mean);
            Estimator(Plain).Fit(data).Columns[0].Variance.Should().Equal(first.Variance);
        }
    }

    [Fact]
    public void Merge_WhatDoesNotBelongTogether_SaysWhy()
    {
        var data = TestData.Vectors(Rows[..10]);
        Refused(Plain, Plain with { Epsilon = 1 }, "*Epsilon*");
        Refused(Plain, Plain with { FixZero = true }, "*FixZero False*True*");
        Refused(Plain, Plain with { Beta = [1] }, "*gamma or beta differ*");
        Refused(Plain, Plain with { Columns = [new("Out", "Features")] }, "*'Features' to 'Out'*");
        Refused(
            Plain, Plain with { Layout = ChannelLayout.ChannelsLast, ImageShape = Shape.Image(1, 1, 3) },
            "*PerSlot*ChannelsLast*");
        Refused(Plain, Plain with { Columns = [new("Features"), new("Out", "Features")] }, "*2 columns*1*");
        Refused(Plain with { MovingAverage = new() }, Plain with { MovingAverage = new() }, "*moving averages*order*Fit on all data*");

        void Refused(BatchNormalizationOptions first, BatchNormalizationOptions second, string message)
        {
            var merge = () => BatchNormalizationTransformer.Merge(Estimator(first).Fit(data), Estimator(second).Fit(data));
            merge.Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void Fit_OnAMovingAverage_SaysWhyNotBeforeItReads()
    {
        var estimator = Estimator(Plain with { MovingAverage = new() });
        var previous = estimator.Fit(TestData.Vectors(Rows[..10]));

        var next = () => estimator.Fit(TestData.Vectors<float>([[float.PositiveInfinity, 0, 0]]), previous);

        next.Should().Throw<ArgumentException>().WithMessage("*moving averages*");
    }

    [Fact]
    public void WithAffine_OtherValues_LeavesTheOriginalAlone()
    {
        var data = TestData.Vectors(Rows[..10]);
        var fitted = Estimator(Plain).Fit(data);

        var changed = fitted.WithAffine("Features", gamma: [3], beta: [1, 2, 3]).Columns[0];

        changed.Gamma.Should().Equal(3, 3, 3);
        changed.Beta.Should().Equal(1, 2, 3);
        changed.Mean.Should().Equal(fitted.Columns[0].Mean);
        fitted.Columns[0].Gamma.Should().Equal(1, 1, 1);
        fitted.WithAffine("Features", beta: [5]).Columns[0].Gamma.Should().Equal(1, 1, 1);
    }

    [Fact]
    public void WithAffine_BadArguments_AreNamed()
    {
        var data = TestData.Vectors(Rows[..10]);
        var fitted = Estimator(Plain).Fit(data);
        var noColumn = () => fitted.WithAffine("Out", gamma: [1]);
        var wrongCount = () => fitted.WithAffine("Features", gamma: [1, 2]);
        var notFinite = () => fitted.WithAffine("Features", beta: [float.NaN]);
        var fixZero = () => Estimator(Plain with { FixZero = true }).Fit(data).WithAffine("Features", beta: [1]);

        noColumn.Should().Throw<ArgumentException>().WithMessage("*'Out'*Features*").WithParameterName("outputColumnName");
        wrongCount.Should().Throw<ArgumentException>().WithMessage("*2 values*3 channels*").WithParameterName("gamma");
        notFinite.Should().Throw<ArgumentException>().WithMessage("*finite*").WithParameterName("beta");
        fixZero.Should().Throw<ArgumentException>().WithMessage("*FixZero*").WithParameterName("beta");
    }

    [Fact]
    public void Columns_SlotNames_AreKeptAndShown()
    {
        var data = TestData.Vectors(Rows[..10], slotNames: ["width", "height", "depth"]);
        var fitted = Estimator(Plain).Fit(data);

        fitted.Columns[0].ChannelNames.Should().Equal("width", "height", "depth");
        fitted.ToString().Should().Contain("channel 1 'height': mean").And.Contain(", 1 missing");
        var loaded = (BatchNormalizationTransformer)Unchained(ModelZip.Load(ModelZip.Save(fitted, data.Schema)));
        loaded.ToString().Should().Be(fitted.ToString());
    }

    // The bounds that the merge law promises: a float has no part in the statistics.
    private static void ShouldAgree(BatchNormalizationColumn found, BatchNormalizationColumn expected)
    {
        found.Count.Should().Be(expected.Count);
        found.MissingCount.Should().Equal(expected.MissingCount);
        for (var c = 0; c < expected.Channels; c++)
        {
            var deviation = Math.Sqrt(expected.Variance[c]);
            found.Mean[c].Should().BeApproximately(expected.Mean[c], 1e-12 * (Math.Abs(expected.Mean[c]) + deviation));
            var tolerance = Math.Abs(expected.Mean[c]) > 1e4 * deviation ? 1e-9 : 1e-12;
            (found.Variance[c] / expected.Variance[c]).Should().BeApproximately(1, tolerance);
        }
    }

    private static ITransformer Unchained(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.Single() : model;

    private static BatchNormalizationEstimator Estimator(BatchNormalizationOptions options) =>
        TestData.ML.Transforms.BatchNormalization(options);

    private static float[][] MakeRows(int count)
    {
        var random = new Random(21);
        float[][] rows = [.. Enumerable.Range(0, count)
            .Select(i => new[] { random.NextSingle(), 1e6f + random.Next(8), i + random.NextSingle() })];
        rows[5][1] = float.NaN;
        return rows;
    }

    private sealed class WeightedRow
    {
        public float Features { get; set; }

        public float Weight { get; set; }
    }
}
