using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

/// <summary>Data as it is in business: weights, missing values, zeros, sparse vectors.</summary>
public class BatchNormalizationDataTests
{
    private static readonly BatchNormalizationOptions Plain = new() { Columns = [new InputOutputColumnPair("Features")] };

    // One rounding of a double result to float; values are below 10.
    private const double FloatRounding = 1e-6;

    [Theory]
    [InlineData(MissingValueHandling.Ignore, float.NaN)]
    [InlineData(MissingValueHandling.ReplaceWithMean, 7f)]
    public void Fit_MissingValues_AreLeftOutOfTheirChannel(MissingValueHandling handling, float expected)
    {
        var data = TestData.Vectors<float>([[1, float.NaN, 5], [float.NaN, float.NaN, 6], [3, float.NaN, 10]]);

        var transformer = Fit(Plain with { MissingValues = handling, Beta = [7] }, data);

        var column = transformer.Columns[0];
        column.Count.Should().Be(3);
        column.MissingCount.Should().Equal(1, 3, 0);
        column.Weight.Should().Equal(2, 0, 3);
        column.Mean.Should().Equal(2, 0, 7);
        column.Variance[..2].Should().Equal(1, 0);
        column.MissingValues.Should().Be(handling);
        var output = Output(transformer, data);
        output.Select(row => row[1]).Should().AllBeEquivalentTo(expected, "no value of the channel is known");
        output[1][0].Should().Be(expected);
        output[0][0].Should().BeApproximately(6, 1e-4f);   // epsilon takes 5e-6 of the deviation
    }

    [Fact]
    public void Transform_ValueInAChannelOfMissingOnes_GivesBeta()
    {
        var data = TestData.Vectors<float>([[float.NaN, 1], [float.NaN, 2]]);

        var fitted = Fit(Plain with { MissingValues = MissingValueHandling.Ignore, Beta = [2] }, data);

        Output(fitted, TestData.Vectors<float>([[123, 1]]))[0][0].Should().Be(2);
    }

    [Theory]
    [InlineData(MissingValueHandling.Ignore)]
    [InlineData(MissingValueHandling.ReplaceWithMean)]
    public void Fit_InfiniteValue_IsAlwaysAnError(MissingValueHandling handling)
    {
        var options = Plain with { MissingValues = handling };

        var dense = () => Fit(options, TestData.Vectors<float>([[float.NaN, 1], [2, float.NegativeInfinity]]));
        var sparse = () => Fit(options, TestData.SparseVectors([[0, 1, 0], [0, 0, float.PositiveInfinity]]));

        dense.Should().Throw<InvalidOperationException>().WithMessage("*'Features'*Infinity*row 1*slot 1*");
        sparse.Should().Throw<InvalidOperationException>().WithMessage("*'Features'*Infinity*row 1*slot 2*");
    }

    [Fact]
    public void Fit_MissingValueInSparseRow_IsAnErrorByDefault()
    {
        var fit = () => Fit(Plain, TestData.SparseVectors([[0, 1, 0], [0, 0, float.NaN]]));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*NaN*row 1*slot 2*MissingValues*");
    }

    [Theory]
    [InlineData(VarianceEstimate.Biased)]
    [InlineData(VarianceEstimate.Unbiased)]
    public void Fit_Weights_EqualRepeatedRows(VarianceEstimate variance)
    {
        Row[] rows = [.. Rows().Select((row, i) => row with { Weight = i % 4 })];
        Row[] repeated = [.. rows.SelectMany(row => Enumerable.Repeat(row, (int)row.Weight))];
        var options = Plain with { Variance = variance };

        var weighted = Fit(options with { ExampleWeightColumnName = "Weight" }, View(rows)).Columns[0];
        var plain = Fit(options, View(repeated)).Columns[0];

        weighted.Count.Should().Be(rows.Count(row => row.Weight > 0));
        weighted.Weight.Should().Equal(plain.Weight);
        weighted.Mean.Should().Equal(plain.Mean, (found, expected) => Math.Abs(found - expected) < 1e-12);
        weighted.Variance.Should().Equal(plain.Variance, (found, expected) => Math.Abs(found / expected - 1) < 1e-12);
        (plain.Variance[0] / Oracle.Variance([.. repeated.Select(row => (double)row.Features[0])])).Should().BeApproximately(
            variance == VarianceEstimate.Biased ? 1 : repeated.Length / (repeated.Length - 1.0), 1e-12);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Fit_BadWeight_NamesColumnAndRow(float weight)
    {
        var rows = Rows();
        rows[2] = rows[2] with { Weight = weight };

        var fit = () => Fit(Plain with { ExampleWeightColumnName = "Weight" }, View(rows));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*'Weight'*row 2*");
    }

    [Fact]
    public void Fit_AllWeightsZero_SaysThatItIsTheWeights()
    {
        Row[] rows = [.. Rows().Select(row => row with { Weight = 0 })];

        var fit = () => Fit(Plain with { ExampleWeightColumnName = "Weight" }, View(rows));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*no row*'Features'*weight above 0 in column 'Weight'*");
    }

    [Fact]
    public void Fit_UnbiasedVarianceOfSmallWeights_SaysWhatToDo()
    {
        Row[] rows = [.. Rows().Take(3).Select(row => row with { Weight = 0.25f })];

        var fit = () => Fit(Plain with { ExampleWeightColumnName = "Weight", Variance = VarianceEstimate.Unbiased }, View(rows));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*sum to 0.75*scale them up*");
    }

    [Fact]
    public void Fit_WeightsOfImages_CountForEveryPixel()
    {
        float[][] images = [[1, 2, 30, 40], [3, 4, 50, 60]];
        var rows = images.Select((image, i) => new ImageRow { Features = image, Weight = 1 + i }).ToArray();
        var data = TestData.ML.Data.LoadFromEnumerable(rows);

        var column = Fit(Plain with { ExampleWeightColumnName = "Weight", Layout = ChannelLayout.ChannelsFirst }, data).Columns[0];

        column.Mean.Should().Equal(
            [(1 + 2 + 2 * 3 + 2 * 4) / 6.0, (30 + 40 + 2 * 50 + 2 * 60) / 6.0], (found, expected) => Math.Abs(found - expected) < 1e-12);
        column.Weight.Should().Equal(6, 6);
    }

    [Fact]
    public void FixZero_Always_DividesByTheRootMeanSquare()
    {
        float[][] rows = [[3, 0, 5], [-1, 0, 6], [0, 0, 5], [2, 0, 5]];

        var output = Output(Fit(Plain with { FixZero = true, Gamma = [2] }, TestData.Vectors(rows)), TestData.Vectors(rows));

        for (var slot = 0; slot < 3; slot++)
        {
            var root = Math.Sqrt(rows.Average(row => (double)row[slot] * row[slot]) * (1 + 1e-5));
            root = root == 0 ? 1 : root;   // a channel of zeros stays zero
            output.Select(row => row[slot]).Should()
                .Equal(rows.Select(row => 2 * row[slot] / root), (f, e) => Math.Abs(f - e) <= FloatRounding);
        }
    }

    [Fact]
    public void FixZero_ConstantChannel_GivesZero()
    {
        var fitted = Fit(Plain with { FixZero = true }, TestData.Vectors<float>([[5, 1], [5, 2]]));

        Output(fitted, TestData.Vectors<float>([[5, 1], [6, 1]])).Select(row => row[0]).Should().Equal(0, 0);
    }

    [Fact]
    public void FixZero_SparseVectors_StaySparse()
    {
        float[][] rows = [[0, 5, 0, 0], [1, 0, 0, float.NaN], [0, 0, 0, -2], [0, 7, 0, 0]];
        var options = Plain with { FixZero = true, MissingValues = MissingValueHandling.ReplaceWithMean };

        // GetColumn reads every row into the same buffer.
        var sparse = Fit(options, TestData.SparseVectors(rows)).Transform(TestData.SparseVectors(rows))
            .GetColumn<VBuffer<float>>("Features")
            .Select(row => (row.IsDense, Values: row.DenseValues().ToArray())).ToArray();

        sparse.Should().OnlyContain(row => !row.IsDense);
        var dense = Output(Fit(options, TestData.Vectors(rows)), TestData.Vectors(rows));
        sparse.Select(row => row.Values).Should().BeEquivalentTo(dense, how => how.WithStrictOrdering());
        // The mean of {0, 0, -2} over its root mean square: what the missing value stands for.
        dense[1][3].Should().BeApproximately((float)(-2.0 / 3 / Math.Sqrt(4.0 / 3 + 1e-5)), 1e-6f);
    }

    [Theory]
    [InlineData(ChannelLayout.PerSlot)]
    [InlineData(ChannelLayout.ChannelsFirst)]
    [InlineData(ChannelLayout.ChannelsLast)]
    public void Fit_SparseRows_GiveTheStatisticsOfDenseOnes(ChannelLayout layout)
    {
        var random = new Random(2);
        float[][] rows = [.. Enumerable.Range(0, 500).Select(_ => Enumerable.Range(0, 12)
            .Select(_ => random.Next(5) > 0 ? 0 : 100 + random.NextSingle()).ToArray())];
        rows[3][4] = float.NaN;
        var options = Plain with { Layout = layout, MissingValues = MissingValueHandling.Ignore };
        var shape = layout == ChannelLayout.PerSlot ? options : options with { ImageShape = Shape.Image(2, 2, 3) };

        var sparse = Fit(shape, TestData.SparseVectors(rows)).Columns[0];
        var dense = Fit(shape, TestData.Vectors(rows)).Columns[0];

        sparse.Count.Should().Be(dense.Count);
        sparse.MissingCount.Should().Equal(dense.MissingCount);
        sparse.Mean.Should().Equal(dense.Mean, (s, d) => Math.Abs(s - d) <= 1e-12 * 100);
        sparse.Variance.Should().Equal(dense.Variance, (s, d) => Math.Abs(s / d - 1) <= 1e-12);
    }

    [Fact]
    public void Transform_TrainingData_HasMeanZeroAndVarianceOneWhateverTheShift()
    {
        var random = new Random(7);
        double[] values = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble())];
        double[] shifted = [.. values.Select(value => value + 1024)];   // a power of two: the sums stay nearly exact

        var output = Normalize(values);

        Oracle.Mean(output).Should().BeApproximately(0, 1e-12);
        Oracle.Variance(output).Should().BeApproximately(1 / (1 + 1e-5), 1e-9);   // epsilon is a float
        Normalize(shifted).Should().Equal(output, (s, o) => Math.Abs(s - o) < 1e-9);

        static double[] Normalize(double[] values) =>
            [.. Fit(Plain, TestData.Scalars(values)).Transform(TestData.Scalars(values)).GetColumn<double>("Features")];
    }

    [Theory]
    [InlineData(1e-3, false)]
    [InlineData(1e-3, true)]
    [InlineData(1e-30, false)]
    [InlineData(1e30, true)]
    public void Transform_AnyUnit_GivesTheSameValues(double unit, bool fixZero)
    {
        double[] values = [.. Enumerable.Range(0, 500).Select(i => 3 + Math.Sin(i))];
        double[] inUnit = [.. values.Select(value => value * unit)];

        // Multiplying by the unit rounds each value at its 16th digit.
        Normalize(inUnit).Should().Equal(Normalize(values), (u, v) => Math.Abs(u - v) < 1e-12);

        double[] Normalize(double[] rows)
        {
            var data = TestData.Scalars(rows);
            return [.. Fit(Plain with { FixZero = fixZero }, data).Transform(data).GetColumn<double>("Features")];
        }
    }

    [Fact]
    public void Transform_SmallMovingVariance_HasEpsilonAddedAsInPyTorch()
    {
        double[] values = [-1e-3, 1e-3];
        var options = Plain with { MovingAverage = new MovingAverage { Momentum = 1 }, Variance = VarianceEstimate.Biased };
        var data = TestData.Scalars(values);

        var fitted = Fit(options, data);

        fitted.Columns[0].IsEpsilonRelative.Should().BeFalse();
        fitted.Transform(data).GetColumn<double>("Features").Last().Should().BeApproximately(1e-3 / Math.Sqrt(1e-6 + 1e-5), 1e-6);
    }

    private static BatchNormalizationTransformer Fit(BatchNormalizationOptions options, IDataView data) =>
        TestData.ML.Transforms.BatchNormalization(options).Fit(data);

    private static float[][] Output(BatchNormalizationTransformer transformer, IDataView data) =>
        [.. transformer.Transform(data).GetColumn<float[]>("Features")];

    private static Row[] Rows()
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, 60)
            .Select(_ => new Row { Features = [random.NextSingle(), 100 + random.NextSingle()], Weight = 1 })];
    }

    private static IDataView View(Row[] rows) => TestData.ML.Data.LoadFromEnumerable(rows);

    private sealed record Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Weight { get; set; }
    }

    private sealed class ImageRow
    {
        [VectorType(2, 1, 2)]
        public float[] Features { get; set; } = [];

        public float Weight { get; set; }
    }
}
