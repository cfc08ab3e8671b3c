using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

public class BatchNormalizationStatisticsTests
{
    // One rounding of a double result to float costs 2^-24 = 6e-8 of the value; values here are below 10.
    private const double FloatRounding = 1e-6;

    // What is left of double when the order of additions differs from the oracle's.
    private const double DoubleRounding = 1e-12;

    [Fact]
    public void Fit_WorkedExample_GivesTheKnownValues()
    {
        var data = TestData.Scalars(1f, 2f, 3f, 4f, 5f);
        var estimator = TestData.ML.Transforms.BatchNormalization(
            new BatchNormalizationOptions { Columns = [new InputOutputColumnPair("Features")], Gamma = [2], Beta = [1] });

        var normalized = estimator.Fit(data).Transform(data).GetColumn<float>("Features");

        // Five digits are given in the literature.
        normalized.Should().Equal([-1.82842f, -0.41421f, 1, 2.41421f, 3.82842f], (found, expected) => Math.Abs(found - expected) < 1e-5);
    }

    [Fact]
    public void Fit_VectorsOfFloat_MatchesOraclePerSlot()
    {
        var rows = Rows(seed: 3, count: 1000, slots: 7).Select(row => row.Select(value => (float)value).ToArray()).ToArray();
        var data = TestData.Vectors(rows);

        var transformer = Estimator().Fit(data);

        var statistics = transformer.Columns.Should().ContainSingle().Subject;
        statistics.Count.Should().Be(1000);
        var normalized = transformer.Transform(data).GetColumn<float[]>("Features").ToArray();
        for (var slot = 0; slot < 7; slot++)
        {
            var values = Oracle.Slot(rows, slot);
            statistics.Mean[slot].Should().BeApproximately(Oracle.Mean(values), DoubleRounding);
            statistics.Variance[slot].Should().BeApproximately(Oracle.Variance(values), DoubleRounding);
            Agree(Oracle.Slot(normalized, slot), Oracle.Normalize(values), FloatRounding);
        }
    }

    [Fact]
    public void Fit_VectorsOfDouble_MatchesOraclePerSlot()
    {
        var rows = Rows(seed: 4, count: 500, slots: 3);
        var data = TestData.Vectors(rows);

        var normalized = Estimator().Fit(data).Transform(data).GetColumn<double[]>("Features").ToArray();

        for (var slot = 0; slot < 3; slot++)
            Agree(Oracle.Slot(normalized, slot), Oracle.Normalize(Oracle.Slot(rows, slot)), DoubleRounding);
    }

    [Fact]
    public void Fit_ScalarOfDouble_MatchesOracle()
    {
        double[] values = [0.5, -3, 12, 4, 4, 1e-3];
        var data = TestData.Scalars(values);

        var normalized = Estimator().Fit(data).Transform(data).GetColumn<double>("Features");

        Agree([.. normalized], Oracle.Normalize(values), DoubleRounding);
    }

    [Fact]
    public void Fit_MeanAMillionTimesTheDeviation_KeepsTheDigits()
    {
        var values = Rows(seed: 5, count: 5000, slots: 1).Select(row => (float)(1e6 + row[0])).ToArray();
        var data = TestData.Scalars(values);
        double[] exact = [.. values.Select(value => (double)value)];

        var transformer = Estimator().Fit(data);

        transformer.Columns[0].Mean[0].Should().BeApproximately(Oracle.Mean(exact), 1e-8);   // 1e-14 of the mean
        transformer.Columns[0].Variance[0].Should().BeApproximately(Oracle.Variance(exact), 1e-8);
        Agree([.. transformer.Transform(data).GetColumn<float>("Features").Select(value => (double)value)], Oracle.Normalize(exact),
            FloatRounding);
    }

    [Fact]
    public void Fit_SparseVectors_CountsTheZeros()
    {
        float[][] rows = [[0, 5, 0, 0], [1, 0, 0, 0], [0, 0, 0, -2], [0, 7, 0, 0]];
        var sparse = TestData.SparseVectors(rows);
        var dense = TestData.Vectors(rows);

        var transformer = Estimator().Fit(sparse);

        transformer.Columns[0].Mean.Should().Equal(0.25, 3, 0, -0.5);
        RowText.Of(transformer.Transform(sparse)).Should().Equal(RowText.Of(Estimator().Fit(dense).Transform(dense)));
    }

    [Fact]
    public void Fit_SeveralColumns_ReadsTheDataOnce()
    {
        var rows = Enumerable.Range(0, 50).Select(i => new Mixed { Level = i, Wide = i * 0.25, Pair = [i % 3, -i] }).ToArray();
        var reads = 0;
        var data = TestData.ML.Data.LoadFromEnumerable(CountedRows());
        var estimator = TestData.ML.Transforms.BatchNormalization(
            [new InputOutputColumnPair("Level"), new InputOutputColumnPair("Scaled", "Wide"), new InputOutputColumnPair("Pair")]);

        var transformer = estimator.Fit(data);

        reads.Should().Be(1);
        transformer.Columns.Select(column => (column.InputColumnName, column.OutputColumnName, column.Channels))
            .Should().Equal(("Level", "Level", 1), ("Wide", "Scaled", 1), ("Pair", "Pair", 2));
        var output = transformer.Transform(data);
        Agree([.. output.GetColumn<float>("Level").Select(value => (double)value)],
            Oracle.Normalize([.. rows.Select(row => (double)row.Level)]), FloatRounding);
        Agree([.. output.GetColumn<double>("Scaled")], Oracle.Normalize([.. rows.Select(row => row.Wide)]), DoubleRounding);
        Agree(Oracle.Slot([.. output.GetColumn<float[]>("Pair")], 1), Oracle.Normalize([.. rows.Select(row => (double)row.Pair[1])]),
            FloatRounding);

        IEnumerable<Mixed> CountedRows()
        {
            reads++;
            foreach (var row in rows)
                yield return row;
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(-7e20)]
    public void Fit_ConstantChannel_GivesBetaForEveryInput(double constant)
    {
        // Many rows, so that a variance that is only nearly zero would show.
        var data = TestData.Vectors(Enumerable.Range(0, 5000).Select(i => new[] { constant, i }).ToArray());
        var estimator = TestData.ML.Transforms.BatchNormalization(
            new BatchNormalizationOptions { Columns = [new InputOutputColumnPair("Features")], Beta = [3, 0] });

        var transformer = estimator.Fit(data);

        transformer.Columns[0].Variance[0].Should().Be(0);
        var unseen = TestData.Vectors<double>([[constant, 0], [constant + 1, 0], [1e30, 0]]);
        transformer.Transform(unseen).GetColumn<double[]>("Features").Select(row => row[0]).Should().AllBeEquivalentTo(3.0);
    }

    [Fact]
    public void Fit_OneRow_GivesBeta()
    {
        var data = TestData.Vectors<float>([[4, -9]]);

        Estimator().Fit(data).Transform(data).GetColumn<float[]>("Features").Single().Should().Equal(0, 0);
    }

    [Fact]
    public void Fit_LargestDoubles_SaysThatTheVarianceOverflows()
    {
        var data = TestData.Vectors<double>([[1, 1e200], [2, -1e200]]);

        var fit = () => Estimator().Fit(data);

        fit.Should().Throw<InvalidOperationException>().WithMessage("*'Features'*channel 1*");
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    public void Fit_RowsThatFillBlocksExactlyOrNot_CountsThemAll(int rows)
    {
        var transformer = Estimator().Fit(TestData.Scalars([.. Enumerable.Range(0, rows).Select(i => (double)(i % 2))]));

        transformer.Columns[0].Count.Should().Be(rows);
        transformer.Columns[0].Mean[0].Should().BeApproximately(rows / 2 / (double)rows, DoubleRounding);
    }

    [Fact]
    public void Fit_NoRows_SaysSo()
    {
        var data = TestData.Scalars<float>();

        var fit = () => Estimator().Fit(data);

        fit.Should().Throw<InvalidOperationException>().WithMessage("*no row*'Features'*");
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    public void Fit_ValueThatIsNotFinite_NamesColumnRowAndSlot(float value, string text)
    {
        // Row 9000 lies behind the first block that is gathered.
        var rows = Rows(seed: 6, count: 10_000, slots: 2).Select(row => row.Select(x => (float)x).ToArray()).ToArray();
        rows[9000][1] = value;

        var fit = () => Estimator().Fit(TestData.Vectors(rows));

        fit.Should().Throw<InvalidOperationException>().WithMessage($"*'Features'*{text}*row 9000*slot 1*ReplaceMissingValues*");
    }

    [Fact]
    public void Transform_MissingValue_StaysMissing()
    {
        var transformer = Estimator().Fit(TestData.Scalars(1f, 2f));

        var normalized = transformer.Transform(TestData.Scalars(float.NaN)).GetColumn<float>("Features");

        normalized.Should().ContainSingle().Which.Should().Be(float.NaN);
    }

    [Fact]
    public void Columns_AfterFit_DescribeThemselves()
    {
        var data = TestData.Vectors(Rows(seed: 8, count: 10, slots: 9));

        var text = Estimator().Fit(data).ToString();

        text.Should().Contain("Features -> Features: 9 channels (PerSlot), 10 values each")
            .And.Contain("channel 7: mean").And.NotContain("channel 8: mean").And.Contain("and 1 more");
    }

    private static BatchNormalizationEstimator Estimator() => TestData.ML.Transforms.BatchNormalization("Features");

    private static double[][] Rows(int seed, int count, int slots)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, slots).Select(slot => slot + (slot + 1) * (2 * random.NextDouble() - 1)).ToArray())];
    }

    private static void Agree(double[] found, double[] expected, double tolerance) =>
        found.Should().Equal(expected, (f, e) => Math.Abs(f - e) <= tolerance * Math.Max(1, Math.Abs(e)));

    private sealed class Mixed
    {
        public float Level { get; set; }

        public double Wide { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }
}
