using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

/// <summary>Batch normalization behind and in front of other components of ML.NET.</summary>
public sealed class DataSourceTests : IDisposable
{
    private static readonly MLContext ML = TestData.ML;
    private static readonly Measurement[] Rows = Measurements(seed: 2, count: 600);

    // A sum in another order differs from the oracle's by rounding in double.
    private const double Rounding = 1e-12;

    private readonly string folder = Directory.CreateTempSubdirectory("data-source-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Fit_CachedAndShuffledRows_LearnsTheSameStatistics()
    {
        var data = ML.Data.LoadFromEnumerable(Rows);

        MeansOf(ML.Data.Cache(data)).Should().Equal(MeansOf(data));
        MeansOf(ML.Data.ShuffleRows(data, seed: 3)).Should().Equal(MeansOf(data), (s, d) => Math.Abs(s - d) < Rounding);
    }

    [Fact]
    public void Fit_HalfOfASplit_LearnsFromThatHalfAlone()
    {
        var split = ML.Data.TrainTestSplit(ML.Data.LoadFromEnumerable(Rows), testFraction: 0.5, seed: 4);
        double[] widths = [.. split.TrainSet.GetColumn<float[]>("Values").Select(row => (double)row[0])];

        var transformer = Estimator().Fit(split.TrainSet);

        transformer.Columns[0].Count.Should().Be(widths.Length).And.BeLessThan(Rows.Length);
        transformer.Columns[0].Mean[0].Should().BeApproximately(Oracle.Mean(widths), Rounding);
        RowText.Of(transformer.Transform(split.TestSet)).Should().NotBeEmpty();
    }

    [Fact]
    public void Fit_TextFile_LearnsTheSameStatistics()
    {
        var data = ML.Data.LoadFromEnumerable(Rows);
        var path = Path.Combine(folder, "rows.tsv");
        using (var file = File.Create(path))
            ML.Data.SaveAsText(data, file);

        var loaded = ML.Data.LoadFromTextFile<Measurement>(path, hasHeader: true);

        // The text writer rounds floats to seven digits.
        MeansOf(loaded).Should().Equal(MeansOf(data), (l, d) => Math.Abs(l - d) < 1e-6);
    }

    [Fact]
    public void Transform_SavedAsBinaryAndLoaded_KeepsRowsAndAnnotations()
    {
        var data = ML.Data.LoadFromEnumerable(Rows);
        var output = Estimator().Fit(data).Transform(data);
        var path = Path.Combine(folder, "rows.idv");
        using (var file = File.Create(path))
            ML.Data.SaveAsBinary(output, file);

        var loaded = ML.Data.LoadFromBinary(path);

        RowText.Of(loaded, loaded.Schema["Values"]).Should().Equal(RowText.Of(output, output.Schema["Values"]));
        var isNormalized = false;
        loaded.Schema["Values"].Annotations.GetValue("IsNormalized", ref isNormalized);
        isNormalized.Should().BeTrue();
        MeansOf(loaded).Should().OnlyContain(mean => Math.Abs(mean) < 1e-6, "what is normalized has mean 0, up to float");
    }

    [Fact]
    public void GetRowCursorSet_FourCursors_GiveTheSameRows()
    {
        var data = ML.Data.Cache(ML.Data.LoadFromEnumerable(Rows));
        var output = Estimator().Fit(data).Transform(data);
        var column = output.Schema["Values"];

        var cursors = output.GetRowCursorSet([column], 4);

        cursors.Should().HaveCount(4);
        var found = new string[cursors.Length][];
        Parallel.For(0, cursors.Length, i => found[i] = RowText.Of(cursors[i], cursors[i], [column]));
        found.SelectMany(rows => rows).Should().BeEquivalentTo(RowText.Of(output, column));
        foreach (var cursor in cursors)
            cursor.Dispose();
    }

    [Fact]
    public void Fit_FeaturesThatATransformerComputes_AreComputedOnSeveralThreadsAndReadInOrder()
    {
        var rows = Measurements(seed: 5, count: 5_000);
        var threads = new ConcurrentDictionary<int, bool>();
        var mapping = ML.Transforms.CustomMapping<Measurement, Shifted>(
            (row, shifted) =>
            {
                threads[Environment.CurrentManagedThreadId] = true;
                shifted.Values = Shift(row.Values);
            },
            contractName: null);
        var data = ML.Data.LoadFromEnumerable(rows);

        var inParallel = MovingMeansOf(mapping.Fit(data).Transform(data));

        threads.Should().HaveCountGreaterThan(1).And.NotContainKey(Environment.CurrentManagedThreadId);

        var shifted = ML.Data.LoadFromEnumerable(rows.Select(row => new Shifted { Values = Shift(row.Values) }));
        inParallel.Should().Equal(MovingMeansOf(shifted), "a moving average depends on the order");

        static float[] Shift(float[] values) => [.. values.Select(value => value + 1)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void FitAndTransform_RowWhoseLengthDiffersFromItsType_SaysSo(int length)
    {
        var type = new VectorDataViewType(NumberDataViewType.Single, 2);
        var claimsTwo = new RetypedView(TestData.VectorsOfAnySize([1, 2], [3, 5], new float[length]), "Features", type);
        var estimator = ML.Transforms.BatchNormalization("Features");
        var output = estimator.Fit(TestData.Vectors<float>([[1, 2], [3, 5]])).Transform(claimsTwo);

        var fit = () => estimator.Fit(claimsTwo);
        var transform = () => RowText.Of(output, output.Schema["Features"]);

        foreach (var act in (Func<object>[])[fit, transform])
            act.Should().Throw<InvalidOperationException>().WithMessage($"*'Features' has {length} values in a row, but its type says 2.");
    }

    [Fact]
    public void Fit_InFrontOfATrainerOfMLNet_WorksTogether()
    {
        var data = ML.Data.LoadFromEnumerable(Rows);
        var pipeline = ML.Transforms.Conversion.MapValueToKey("Label")
            .Append(ML.Transforms.Concatenate("Features", "Values"))
            .Append(ML.Transforms.BatchNormalization("Features"))
            .Append(ML.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 20));

        var model = ModelZip.Load(ModelZip.Save(pipeline.Fit(data), data.Schema));

        ML.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy.Should().BeGreaterThan(0.95);
    }

    private static BatchNormalizationEstimator Estimator() => ML.Transforms.BatchNormalization("Values");

    private static ImmutableArray<double> MeansOf(IDataView data) => Estimator().Fit(data).Columns[0].Mean;

    private static ImmutableArray<double> MovingMeansOf(IDataView data)
    {
        var options = new BatchNormalizationOptions
        {
            Columns = [new InputOutputColumnPair("Values")],
            MovingAverage = new MovingAverage(),
        };
        return ML.Transforms.BatchNormalization(options).Fit(data).Columns[0].Mean;
    }

    // Two classes that the second value tells apart.
    private static Measurement[] Measurements(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => new Measurement
        {
            Label = i % 2 == 0 ? "even" : "odd",
            Values = [(float)random.NextDouble(), (float)random.NextDouble() + i % 2 * 2, 7],
        })];
    }

    private sealed class Shifted
    {
        [VectorType(3)]
        public float[] Values { get; set; } = [];
    }

    private sealed class Measurement
    {
        [LoadColumn(0)]
        public string Label { get; set; } = "";

        [LoadColumn(1, 3)]
        [VectorType(3)]
        public float[] Values { get; set; } = [];
    }
}
