using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training.Augmenting;

namespace MLNet.BatchNorm.Core.Tests.Training.Augmenting;

public class MixUpTests
{
    private const int Rows = 7, Inputs = 5, Classes = 3;

    [Fact]
    public void Apply_Batch_MixesEachRowWithItsPartner()
    {
        var (mixUp, batch, before) = Mixed(weighted: false);

        mixUp.Share.Should().BeInRange(0.5f, 1);
        mixUp.Partners.ToArray().Order().Should().Equal(Enumerable.Range(0, Rows));
        for (var row = 0; row < Rows; row++)
            for (var i = 0; i < Inputs; i++)
            {
                double share = mixUp.Share;
                var expected = share * before[row * Inputs + i] + (1 - share) * before[mixUp.Partners[row] * Inputs + i];
                ((double)batch.Features[row * Inputs + i]).Should().BeApproximately(expected, 1e-6);   // two roundings of values below 4
            }
    }

    [Fact]
    public void Evaluate_Softmax_IsTheCrossEntropyOfTheSoftTargets()
    {
        var (mixUp, batch, _) = Mixed(weighted: false);
        var outputs = Some.Values(Rows * Classes, seed: 4);
        var gradient = new float[outputs.Length];

        var loss = mixUp.Evaluate(new SoftmaxCrossEntropy(), batch, outputs, gradient);

        var expected = 0.0;
        var expectedGradient = new double[outputs.Length];
        for (var row = 0; row < Rows; row++)
        {
            var sum = outputs.Skip(row * Classes).Take(Classes).Sum(output => Math.Exp(output));
            for (var c = 0; c < Classes; c++)
            {
                var target = (c == batch.Targets[row] ? mixUp.Share : 0.0)
                    + (c == batch.Targets[mixUp.Partners[row]] ? 1 - (double)mixUp.Share : 0);
                var probability = Math.Exp(outputs[row * Classes + c]) / sum;
                expected -= target * Math.Log(probability) / Rows;
                expectedGradient[row * Classes + c] = (probability - target) / Rows;
            }
        }

        loss.Should().BeApproximately(expected, 1e-6);
        gradient.ShouldAgree(expectedGradient, 1e-6);
    }

    [Fact]
    public void Evaluate_Weighted_CountsEachLabelWithTheWeightOfItsRow()
    {
        var (mixUp, batch, _) = Mixed(weighted: true);
        var outputs = Some.Values(Rows, seed: 4);
        var gradient = new float[Rows];

        var loss = mixUp.Evaluate(new SquaredError(), batch, outputs, gradient);

        var (expected, total) = (0.0, batch.TotalWeight);
        for (var row = 0; row < Rows; row++)
        {
            var other = mixUp.Partners[row];
            double own = outputs[row] - batch.Targets[row], theirs = outputs[row] - batch.Targets[other];
            expected += (mixUp.Share * batch.Weights[row] * own * own + (1 - mixUp.Share) * batch.Weights[other] * theirs * theirs) / total;
        }

        loss.Should().BeApproximately(expected, 1e-5);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1.0)]
    [InlineData(4.0)]
    public void NextGamma_ManyDraws_HaveMeanAndVarianceOfTheShape(double shape)
    {
        const int count = 40_000;
        var random = new CounterRandom(9);
        var draws = new double[count];
        foreach (ref var draw in draws.AsSpan())
            draw = random.NextGamma(shape);

        // Deviations: of the mean sqrt(shape / n), of the variance sqrt((2 shape^2 + 6 shape) / n); five of them.
        draws.Average().Should().BeApproximately(shape, 5 * Math.Sqrt(shape / count));
        draws.Average(draw => Math.Pow(draw - shape, 2)).Should()
            .BeApproximately(shape, 5 * Math.Sqrt((2 * shape * shape + 6 * shape) / count));
        draws.Should().OnlyContain(draw => draw >= 0);
    }

    [Fact]
    public void Apply_AlphaOfOne_DrawsSharesEvenly()
    {
        const int steps = 400;
        var shares = Enumerable.Range(0, steps).Select(step => (double)Mixed(weighted: false, alpha: 1, step).MixUp.Share).ToArray();

        // The larger of u and 1 - u is even on [0.5, 1]: mean 0.75 and deviation 0.5 / sqrt(12); five standard errors.
        shares.Average().Should().BeApproximately(0.75, 5 * 0.5 / Math.Sqrt(12 * steps));
    }

    [Fact]
    public void Apply_TinyAlpha_LeavesRowsNearlyUnmixed()
    {
        var shares = Enumerable.Range(0, 200).Select(step => Mixed(weighted: false, alpha: 1e-4f, step).MixUp.Share).ToArray();

        shares.Should().OnlyContain(share => share >= 0.5f && share <= 1);
        shares.Count(share => share > 0.999f).Should().BeGreaterThan(190);
    }

    private static (MixUp MixUp, Batch Batch, float[] Before) Mixed(bool weighted, float alpha = 0.8f, int step = 3)
    {
        var batch = new Batch(Inputs, Rows);
        batch.Clear(weighted);
        for (var row = 0; row < Rows; row++)
        {
            Some.Values(Inputs, seed: row).CopyTo(batch.NewRow());
            batch.Add(row % Classes, 1 + row);
        }

        var before = batch.Features.ToArray();
        var mixUp = new MixUp(alpha, Inputs, Classes, Rows);
        mixUp.Apply(batch, new CounterRandom((ulong)step));
        return (mixUp, batch, before);
    }
}
