using CsCheck;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Laws;

/// <summary>What holds of every column, checked on data that differs from run to run; a failure names its seed.</summary>
public class BatchNormalizationLawTests
{
    private const int Samples = 100, Slots = 12;

    // A sum in another order, of values up to 1e4: relative to the size of the values.
    private const double Rounding = 1e-12;

    private static readonly BatchNormalizationOptions Plain = new()
    {
        Columns = [new InputOutputColumnPair("Features")],
        MissingValues = MissingValueHandling.Ignore,
    };

    private static readonly Gen<float> Value = Gen.Frequency(
        (6, Gen.Float[-1e4f, 1e4f]), (3, Gen.Const(0f)), (1, Gen.Const(float.NaN)), (1, Gen.Const(1e4f)));

    private static readonly Gen<float[][]> Rows = Value.Array[Slots].Array[1, 30];

    private static readonly Gen<VarianceEstimate> Variance = Gen.Bool.Select(
        isBiased => isBiased ? VarianceEstimate.Biased : VarianceEstimate.Unbiased);

    [Fact]
    public void Merge_AnyParts_IsFittingOnAllInAnyOrder() => Gen.Select(Rows, Rows, Rows, Variance).Sample(
        (first, second, third, variance) =>
        {
            var options = Plain with { Variance = variance };
            var (a, b, c) = (Fit(options, first), Fit(options, second), Fit(options, third));
            var whole = Fit(options, [.. first, .. second, .. third]);

            ShouldAgree(Merge(Merge(a, b), c), whole);
            ShouldAgree(Merge(a, Merge(b, c)), whole);
            ShouldAgree(Merge(c, Merge(b, a)), whole);
        },
        iter: Samples);

    [Fact]
    public void Fit_SparseRows_IsFittingOnDenseOnes() => Gen.Select(Rows, Gen.Bool).Sample(
        (rows, fixZero) =>
        {
            var options = Plain with { FixZero = fixZero };
            var (dense, sparse) = (TestData.Vectors(rows), TestData.SparseVectors(rows));
            var (ofDense, ofSparse) = (Estimator(options).Fit(dense), Estimator(options).Fit(sparse));

            ShouldAgree(ofSparse, ofDense);
            Values(ofDense, sparse).Should().Equal(Values(ofDense, dense));
        },
        iter: Samples);

    [Fact]
    public void Fit_PlanesOrPixels_AreTheSameImages() => Rows.Sample(
        rows =>
        {
            var shape = Shape.Image(2, 2, 3);
            float[][] pixels = [.. rows.Select(row => Turned(row, shape))];
            var byPlane = Plain with { Layout = ChannelLayout.ChannelsFirst, ImageShape = shape };
            var byPixel = Plain with { Layout = ChannelLayout.ChannelsLast, ImageShape = shape };
            var (planar, interleaved) = (Fit(byPlane, rows), Fit(byPixel, pixels));

            ShouldAgree(interleaved, planar);
            var expected = Values(planar, TestData.Vectors(rows)).Chunk(Slots).SelectMany(row => Turned(row, shape));
            // One rounding of a double to float.
            Values(interleaved, TestData.Vectors(pixels)).Should().Equal(expected, (found, e) => Near(found, e, 1e-6));
        },
        iter: Samples);

    [Fact]
    public void Load_SavedTransformer_IsTheSameToTheLastBit() => Gen.Select(Rows, Variance, Gen.Bool).Sample(
        (rows, variance, fixZero) =>
        {
            var data = TestData.Vectors(rows);
            var fitted = Fit(Plain with { Variance = variance, FixZero = fixZero, Gamma = [1.5f] }, rows);
            var zip = ModelZip.Save(fitted, data.Schema);

            var loaded = ModelZip.Load(zip);

            ModelZip.PayloadOf(ModelZip.Save(loaded, data.Schema), "BNTR").Should().Equal(ModelZip.PayloadOf(zip, "BNTR"));
            Values(loaded, data).Should().Equal(Values(fitted, data));
        },
        iter: Samples);

    private static BatchNormalizationEstimator Estimator(BatchNormalizationOptions options) =>
        TestData.ML.Transforms.BatchNormalization(options);

    private static BatchNormalizationTransformer Fit(BatchNormalizationOptions options, float[][] rows) =>
        Estimator(options).Fit(TestData.Vectors(rows));

    private static BatchNormalizationTransformer Merge(BatchNormalizationTransformer first, BatchNormalizationTransformer second) =>
        BatchNormalizationTransformer.Merge(first, second);

    private static float[] Values(ITransformer transformer, IDataView data) =>
        [.. transformer.Transform(data).GetColumn<float[]>("Features").SelectMany(row => row)];

    /// <summary>The pixels of planes side by side.</summary>
    private static float[] Turned(float[] planes, Shape shape) =>
        [.. Enumerable.Range(0, planes.Length).Select(i => planes[i % shape.Channels * shape.Pixels + i / shape.Channels])];

    private static void ShouldAgree(BatchNormalizationTransformer found, BatchNormalizationTransformer expected)
    {
        var (column, other) = (found.Columns[0], expected.Columns[0]);
        column.Count.Should().Be(other.Count);
        column.MissingCount.Should().Equal(other.MissingCount);
        column.Weight.Should().Equal(other.Weight);
        column.Mean.Should().Equal(other.Mean, (f, e) => Math.Abs(f - e) <= Rounding * 1e4);
        column.Variance.Should().Equal(other.Variance, (f, e) => Near(f, e, Rounding));
    }

    private static bool Near(double found, double expected, double tolerance) =>
        double.IsNaN(found) ? double.IsNaN(expected) : Math.Abs(found - expected) <= tolerance * Math.Max(1, Math.Abs(expected));
}
