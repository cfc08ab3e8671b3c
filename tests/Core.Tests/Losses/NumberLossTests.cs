using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Losses;

/// <summary>The losses of numbers against their formulas in double.</summary>
public class NumberLossTests
{
    private const int Rows = 37;

    private static readonly Dictionary<string, (NumberLoss Loss, Func<double, double, double> Formula)> Losses = new()
    {
        ["squared"] = (new SquaredError(), (y, t) => Math.Pow(y - t, 2)),
        ["absolute"] = (new AbsoluteError(), (y, t) => Math.Abs(y - t)),
        ["Huber"] = (new HuberLoss(0.7), (y, t) => Math.Abs(y - t) <= 0.7 ? Math.Pow(y - t, 2) / 2 : 0.7 * Math.Abs(y - t) - 0.245),
        ["quantile"] = (new QuantileLoss(0.8), (y, t) => Math.Max(0.8 * (t - y), 0.2 * (y - t))),
        ["Poisson"] = (new PoissonDeviance(), (z, t) => UnitDeviance(z, t, power: 1)),
        ["Tweedie 1.2"] = (new TweedieDeviance(1.2), (z, t) => UnitDeviance(z, t, power: 1.2)),
        ["Tweedie 1.9"] = (new TweedieDeviance(1.9), (z, t) => UnitDeviance(z, t, power: 1.9)),
    };

    private static readonly float[] Squares = [.. Enumerable.Range(0, 101).Select(i => i * i / 100f)];   // mean 33.5, median 25

    public static TheoryData<string> All => [.. Losses.Keys];

    public static TheoryData<string> WithLogLink => [.. Losses.Keys.Where(key => Losses[key].Loss.Link == Link.Log)];

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluate_RandomPointsAndWeights_MatchesTheFormulaAndItsFiniteDifferences(string key)
    {
        var (loss, formula) = Losses[key];
        var outputs = Some.Values(Rows, seed: 4);
        float[] targets = [.. Some.Values(Rows, seed: 5).Select(value => loss.Link == Link.Log ? Math.Max(0, value) : value)];
        float[] some = [.. Some.Values(Rows, seed: 6).Select(value => value * value)];
        foreach (var weights in new[] { [], some })
        {
            var counts = weights.Length == 0 ? [.. Enumerable.Repeat(1f, Rows)] : weights;
            var gradient = new float[Rows];

            var mean = loss.Evaluate(outputs, targets, weights, gradient);

            var total = counts.Sum(weight => (double)weight);
            double[] losses = [.. outputs.Select((output, row) => counts[row] / total * formula(output, targets[row]))];
            mean.Should().BeApproximately(losses.Sum(), 1e-9);   // double; the deviances are integrated
            double[] slopes = [.. outputs.SelectMany((output, row) =>
                FiniteDifference.Gradient(z => [formula(z[0], targets[row])], [output], upstream: [counts[row] / total]))];
            gradient.ShouldAgree(slopes, 1e-7);   // rounded to float32, magnitude below 1
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluate_WeightsSumToZero_IsZero(string key)
    {
        var gradient = new float[2];

        Losses[key].Loss.Evaluate([1, -2], [3, 0], [0, 0], gradient).Should().Be(0);

        gradient.Should().Equal(0, 0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluate_OutputIsNaN_IsNaN(string key) =>
        Losses[key].Loss.Evaluate([float.NaN, 1], [1, 1], [], new float[2]).Should().Be(double.NaN);

    [Theory]
    [MemberData(nameof(All))]
    public void Evaluate_TooManyOutputs_NamesTheLoss(string key)
    {
        var loss = Losses[key].Loss;

        var evaluate = () => loss.Evaluate([1, 1], [0], [], new float[2]);

        evaluate.Should().Throw<ArgumentException>().WithMessage($"{loss.GetType().Name} takes one output per row, got 2*");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Of_OutputIsRight_IsZero(string key)
    {
        var loss = Losses[key].Loss;

        var (value, slope) = loss.Of(loss.Link == Link.Log ? Math.Log(3) : 3, 3);

        (Math.Abs(value) + Math.Abs(slope)).Should().BeLessThan(1e-13);   // the terms of a deviance cancel
    }

    [Fact]
    public void Evaluate_SameOutputForAllRows_IsLowestAtMeanMedianOrQuantile()
    {
        LowestAt(new SquaredError(), 33.5);
        LowestAt(new AbsoluteError(), 25);
        LowestAt(new QuantileLoss(0.5), 25);
        LowestAt(new QuantileLoss(0.9), 81);
        LowestAt(new QuantileLoss(0.1), 1);
        LowestAt(new HuberLoss(1000), 33.5);
        LowestAt(new HuberLoss(0.001), 25);
        LowestAt(new PoissonDeviance(), Math.Log(33.5));
        LowestAt(new TweedieDeviance(1.5), Math.Log(33.5));

        // All are convex.
        static void LowestAt(NumberLoss loss, double output)
        {
            Slope(output - 0.01).Should().BeNegative("{0} falls below {1}", loss, output);
            Slope(output + 0.01).Should().BePositive("{0} rises above {1}", loss, output);

            float Slope(double at)
            {
                var gradient = new float[Squares.Length];
                loss.Evaluate([.. Enumerable.Repeat((float)at, Squares.Length)], Squares, [], gradient);
                return gradient.Sum();
            }
        }
    }

    [Theory]
    [MemberData(nameof(WithLogLink))]
    public void Evaluate_FarOffOutput_IsFiniteAndPullsBack(string key)
    {
        foreach (var (output, target) in new[] { (1e9f, 0f), (1e9f, 1e4f), (100f, 1f), (-100f, 1f), (-1e9f, 1e4f), (-1e9f, 0f) })
        {
            var gradient = new float[1];

            double.IsFinite(Losses[key].Loss.Evaluate([output], [target], [], gradient)).Should().BeTrue();

            gradient[0].Should().Match(slope => float.IsFinite(slope * slope));   // an optimizer squares it
            Math.Sign(gradient[0]).Should().Be(output > 0 || target == 0 ? 1 : -1);
        }
    }

    [Theory]
    [MemberData(nameof(WithLogLink))]
    public void Of_OutputBeyondThirty_IsOnTheTangent(string key)
    {
        foreach (var end in new[] { -30.0, 30 })
        {
            var (value, slope) = Losses[key].Loss.Of(end, 2);

            Losses[key].Loss.Of(end * 1.5, 2).Should().Be((value + slope * end / 2, slope));
        }
    }

    [Fact]
    public void Activate_LogLink_GivesTheMeanAlwaysPositiveAndFinite()
    {
        float[] outputs = [0, MathF.Log(7), -1e9f, 1e9f];

        new TweedieDeviance(1.5).Activate(outputs, 1);

        outputs[..2].ShouldAgree([1, 7], 1e-6);   // one float32 exp
        outputs.Should().OnlyContain(value => float.IsFinite(value) && value > 0);
        outputs[2].Should().BeLessThan(1e-37f);
        outputs[3].Should().BeGreaterThan(1e38f);
    }

    [Fact]
    public void NewMetric_LogLink_ComparesMeansWithTargets()
    {
        var metric = new PoissonDeviance().NewMetric();

        metric.Add([MathF.Log(2), MathF.Log(4), MathF.Log(6)], [1, 4, 7], []);

        metric.Value.Should().BeApproximately(1 - 2.0 / 18, 1e-6);   // logarithms in float32
    }

    // 2 * integral from mean to t of (t - u) / u^p du (Jorgensen, 1987, section 3), with u = exp(s) and by Simpson's rule. Where t is 0 the
    // integrand falls like exp((2 - p) * s), so that nothing is left of it 400 below.
    private static double UnitDeviance(double z, double target, double power)
    {
        const int pieces = 40_000;
        var end = target == 0 ? z - 400 : Math.Log(target);
        var width = (end - z) / pieces;
        var sum = 0.0;
        for (var i = 0; i <= pieces; i++)
        {
            var s = z + i * width;
            var factor = i is 0 or pieces ? 1 : i % 2 == 1 ? 4 : 2;
            sum += factor * (target - Math.Exp(s)) * Math.Exp((1 - power) * s);
        }

        return 2 * sum * width / 3;
    }
}
