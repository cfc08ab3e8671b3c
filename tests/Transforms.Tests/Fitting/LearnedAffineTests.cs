using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Tests.Fitting;

public class LearnedAffineTests
{
    private static readonly Example[] Examples = MakeExamples(600);

    [Theory]
    [InlineData("Class")]
    [InlineData("Flag")]
    [InlineData("Number")]
    public void Fit_OneChannelExplainsTheLabel_GivesItTheLargestGamma(string label)
    {
        var column = Estimator(label).Fit(Data()).Columns[0];

        // Channel 1 decides; 0 and 2 are noise, which the penalty pulls to gamma 1.
        column.Gamma[1].Should().BeGreaterThan(1.3f, "gamma is {0}", string.Join(", ", column.Gamma));
        Math.Abs(column.Gamma[0] - 1).Should().BeLessThan(0.2f);
        Math.Abs(column.Gamma[2] - 1).Should().BeLessThan(0.2f);
    }

    [Fact]
    public void Fit_Converged_BalancesGammaAndWeights()
    {
        // At a minimum the penalties' gradients agree: gamma * (gamma - 1) = w^2, for the loss sees only their product p = gamma * w.
        // With one channel, squared error and no beta p is known: (p - r) + penalty * w / gamma = 0, with r the correlation of x and label.
        var how = new LearnedAffine { Epochs = 1000, LearningRate = 0.02f, Penalty = 0.05f, BatchSize = 600, Seed = 1 };
        var column = Estimator("Number", how, "Only", center: false).Fit(Data()).Columns[0];

        double[] x = [.. Examples.Select(row => (double)row.Only)], y = [.. Examples.Select(row => (double)row.Number)];
        var correlation = Oracle.Normalize(x).Zip(Oracle.Normalize(y), (a, b) => a * b).Average();
        var gamma = (double)column.Gamma[0];
        var w = Math.Sign(correlation) * Math.Sqrt(gamma * (gamma - 1));
        (gamma * w + 0.05 * w / gamma).Should().BeApproximately(correlation, 5e-3);   // what Adam has left after 1000 steps
    }

    [Fact]
    public void Fit_CenterOrScaleOff_LearnsTheOther()
    {
        var noBeta = Estimator("Class", center: false).Fit(Data()).Columns[0];
        var noGamma = Estimator("Class", scale: false).Fit(Data()).Columns[0];

        noBeta.Beta.Should().OnlyContain(beta => beta == 0);
        noBeta.Gamma.Should().NotContain(1);
        noGamma.Gamma.Should().OnlyContain(gamma => gamma == 1);
        noGamma.Beta.Should().NotContain(0);
    }

    [Fact]
    public void Fit_FixZero_LearnsGammaAloneAndKeepsZerosZero()
    {
        Example[] rows = [.. Examples, .. Examples.Take(20).Select(row => row with { Features = [0, 0, 0] })];
        var options = Options("Class", new LearnedAffine { Epochs = 20, Seed = 2 }) with { FixZero = true };

        var fitted = TestData.ML.Transforms.BatchNormalization(options).Fit(Data(rows));

        fitted.Columns[0].Beta.Should().OnlyContain(beta => beta == 0);
        fitted.Columns[0].Gamma.Should().NotContain(1);
        fitted.Transform(Data(rows)).GetColumn<float[]>("Features").TakeLast(20).Should().OnlyContain(row => row.All(value => value == 0));
    }

    [Fact]
    public void Fit_NumbersThatDoNotVary_ChangeNothing()
    {
        var column = Estimator("Number").Fit(Data([.. Examples.Select(row => row with { Number = 7 })])).Columns[0];

        column.Gamma.Should().OnlyContain(gamma => gamma == 1);
        column.Beta.Should().OnlyContain(beta => beta == 0);
    }

    [Theory]
    [InlineData("Class")]
    [InlineData("Flag")]
    public void Fit_OneClassAlone_LeavesGammaAtOne(string label)
    {
        // What there is to learn is in the intercept, and weights of noise are what the penalty pulls to 0.
        var column = Estimator(label).Fit(Data([.. Examples.Select(row => row with { Class = "low", Flag = true })])).Columns[0];

        column.Gamma.Should().OnlyContain(gamma => Math.Abs(gamma - 1) < 0.1f);
        column.Beta.Should().OnlyContain(beta => float.IsFinite(beta));
    }

    [Theory]
    [InlineData("Class")]
    [InlineData("Number")]
    public void Fit_RowsOfWeightZero_ChangeNoBit(string label)
    {
        var options = Options(label, new LearnedAffine { Epochs = 3, Seed = 3 }) with { ExampleWeightColumnName = "Weight" };
        Example[] more = [.. Examples.SelectMany(row => new[] { row with { Weight = 0, Number = 1e6f, Flag = false }, row })];

        var with = TestData.ML.Transforms.BatchNormalization(options).Fit(Data(more)).Columns[0];

        var without = TestData.ML.Transforms.BatchNormalization(options).Fit(Data()).Columns[0];
        with.Gamma.Should().Equal(without.Gamma).And.NotContain(1);
        with.Beta.Should().Equal(without.Beta);
    }

    [Fact]
    public void Fit_AFewStepsOnTwoRows_MatchesTheFormulas()
    {
        // One channel, normalized to -x and x, and labels standardized to -1 and 1, in one batch: by symmetry intercept and beta get no
        // gradient.
        const float rate = 0.1f, penalty = 0.05f;
        const int epochs = 6;
        Example[] rows = [Examples[0] with { Only = 0, Number = 10 }, Examples[0] with { Only = 1, Number = 30 }];
        var how = new LearnedAffine { Epochs = epochs, LearningRate = rate, Penalty = penalty, BatchSize = 2, Seed = 1 };

        var column = Estimator("Number", how, "Only").Fit(Data(rows)).Columns[0];

        var x = 1 / Math.Sqrt(1 + 1e-5);
        double[] parameters = [0, 0], first = [0, 0], second = [0, 0];   // the weight and gamma - 1, and Adam's moments of each
        for (var step = 1; step <= epochs; step++)
        {
            var (w, gamma) = (parameters[0], 1 + parameters[1]);
            var slope = (gamma * w * x - 1) * x;   // of half the mean squared error, by gamma * w
            double[] gradient = [gamma * slope + penalty * w, w * slope + penalty * (gamma - 1)];
            for (var p = 0; p < 2; p++)
            {
                first[p] = 0.9 * first[p] + 0.1 * gradient[p];
                second[p] = 0.999 * second[p] + 0.001 * gradient[p] * gradient[p];
                var (m, v) = (first[p] / (1 - Math.Pow(0.9, step)), second[p] / (1 - Math.Pow(0.999, step)));
                parameters[p] -= rate * (1 - (step - 1.0) / epochs) * m / (Math.Sqrt(v) + 1e-8);
            }
        }

        ((double)column.Gamma[0]).Should().BeApproximately(1 + parameters[1], 1e-5).And.NotBeApproximately(1, 0.05);   // float32 sums
        column.Beta[0].Should().BeApproximately(0, 1e-5f);
    }

    [Fact]
    public void Fit_SameSeed_GivesTheSameBits()
    {
        var how = new LearnedAffine { Epochs = 2, Seed = 5 };

        var first = Estimator("Class", how).Fit(Data()).Columns[0];

        Estimator("Class", how).Fit(Data()).Columns[0].Gamma.Should().Equal(first.Gamma);
        Estimator("Class", how with { Seed = 6 }).Fit(Data()).Columns[0].Gamma.Should().NotEqual(first.Gamma);
    }

    [Fact]
    public void Fit_RowsWithoutLabelOrWeight_AreNotLearnedFrom()
    {
        Example[] more =
        [
            .. Examples,
            .. Examples.Take(200).Select(row => row with { Number = float.NaN }),
            .. Examples.Take(50).Select(row => row with { Number = 1e6f, Weight = 0 }),
        ];
        var options = Options("Number", new LearnedAffine { Seed = 3 }) with { ExampleWeightColumnName = "Weight" };

        var learned = TestData.ML.Transforms.BatchNormalization(options).Fit(Data(more)).Columns[0];

        // The statistics count all rows of positive weight, labelled or not; the extra ones shift them a little.
        learned.Count.Should().Be(800);
        learned.Gamma[1].Should().BeGreaterThan(1.3f);
    }

    [Fact]
    public void Fit_NoLabels_SaysSo()
    {
        var fit = () => Estimator("Number").Fit(Data([.. Examples.Select(row => row with { Number = float.NaN })]));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*no row with a label*'Number'*");
    }

    [Fact]
    public void Fit_InfiniteLabel_NamesColumnAndRow()
    {
        var fit = () => Estimator("Number")
            .Fit(Data([.. Examples.Select((row, i) => i == 5 ? row with { Number = float.PositiveInfinity } : row)]));

        fit.Should().Throw<InvalidOperationException>().WithMessage("*'Number'*row 5*Labels must be finite*");
    }

    [Fact]
    public void Fit_StepsTooLarge_SaysWhatToDo()
    {
        var fit = () => Estimator("Number", new LearnedAffine { LearningRate = 1e30f, Seed = 1 }).Fit(Data());

        fit.Should().Throw<InvalidOperationException>().WithMessage("*smaller LearningRate*");
    }

    [Fact]
    public void Merge_LearnedAffine_SaysWhyNot()
    {
        var fitted = Estimator("Class", new LearnedAffine { Epochs = 1, Seed = 1 }).Fit(Data());

        var merge = () => BatchNormalizationTransformer.Merge(fitted, fitted);
        var next = () => Estimator("Class").Fit(Data(), fitted);

        merge.Should().Throw<ArgumentException>().WithMessage("*learned gamma and beta*Fit on all data*");
        next.Should().Throw<ArgumentException>().WithMessage("*learned gamma and beta*Fit on all data*");
    }

    [Fact]
    public void LearnedAffine_BadValue_IsRefused()
    {
        Refused(() => new LearnedAffine { Epochs = 0 }, "Epochs");
        Refused(() => new LearnedAffine { BatchSize = 1 }, "BatchSize");
        Refused(() => new LearnedAffine { LearningRate = 0 }, "LearningRate");
        Refused(() => new LearnedAffine { Penalty = -1 }, "Penalty");

        static void Refused(Func<object> make, string name) => make.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0x7FFFFFC7)]
    [InlineData(1_000_000_000)]
    public void Fit_KeyOfMoreValuesThanCanBeLearned_NamesTheLabel(int keys)
    {
        var definition = SchemaDefinition.Create(typeof(KeyedRow));
        definition[nameof(KeyedRow.Key)].ColumnType = new KeyDataViewType(typeof(uint), keys);
        var data = TestData.ML.Data.LoadFromEnumerable([new KeyedRow { Key = 1 }, new KeyedRow { Key = 2 }], definition);
        var fit = () => Estimator(nameof(KeyedRow.Key), new LearnedAffine { Seed = 1 }).Fit(data);

        fit.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*'Key'*a key with at most * values*");
    }

    private static BatchNormalizationEstimator Estimator(
        string label, LearnedAffine? how = null, string column = "Features", bool center = true, bool scale = true) =>
        TestData.ML.Transforms.BatchNormalization(Options(label, how) with { Columns = [new(column)], Center = center, Scale = scale });

    private static BatchNormalizationOptions Options(string label, LearnedAffine? how) => new()
    {
        Columns = [new("Features")],
        LabelColumnName = label,
        LearnedAffine = how ?? new LearnedAffine { Epochs = 200, Penalty = 0.02f, Seed = 2 },
    };

    private static IDataView Data(Example[]? examples = null)
    {
        var data = TestData.ML.Data.LoadFromEnumerable(examples ?? Examples);
        return TestData.ML.Transforms.Conversion.MapValueToKey("Class").Fit(data).Transform(data);
    }

    private static Example[] MakeExamples(int count)
    {
        var random = new Random(31);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] features = [random.NextSingle(), 5 * random.NextSingle(), 100 * random.NextSingle()];
            var blurred = features[1] + 4 * random.NextSingle() - 2;   // classes that overlap, so that no weight grows without end
            return new Example
            {
                Features = features,
                Only = features[1] + random.NextSingle(),
                Class = blurred < 1 ? "low" : blurred < 4 ? "middle" : "high",
                Flag = features[1] > 3,
                Number = 1000 + 50 * features[1],
                Weight = 1,
            };
        })];
    }

    private sealed class KeyedRow
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [1, 2, 3];

        public uint Key { get; set; }
    }

    private sealed record Example
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public float Only { get; set; }

        public string Class { get; set; } = "";

        public bool Flag { get; set; }

        public float Number { get; set; }

        public float Weight { get; set; }
    }
}
