using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Losses;

public class OneOutputLossTests
{
    private static readonly Golden Golden = new("one-output.json");

    public static TheoryData<string, string> Losses => new()
    {
        { "sigmoid", "answers" },
        { "smoothed", "answers" },
        { "squared", "numbers" },
    };

    private static Loss LossOf(string key) => key switch
    {
        "sigmoid" => new SigmoidCrossEntropy(),
        "smoothed" => new SigmoidCrossEntropy { LabelSmoothing = (float)Golden.Double("smoothing") },
        _ => new SquaredError(),
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void Evaluate_MatchesPyTorch(string key, string targets)
    {
        foreach (var (kind, weights) in new[] { ("plain", Array.Empty<float>()), ("weighted", Golden.Floats("weights")) })
        {
            var gradient = new float[Golden.Int("rows")];

            var mean = LossOf(key).Evaluate(Golden.Floats("outputs"), Golden.Floats(targets), weights, gradient);

            mean.Should().BeApproximately(Golden.Double($"{key}_{kind}_loss"), 1e-6);   // smoothing is a float32
            gradient.ShouldAgree(Golden.Doubles($"{key}_{kind}_gradient"), 1e-6);   // one float32 sigmoid
        }
    }

    [Fact]
    public void Activate_SigmoidGivesProbabilities_SquaredErrorLeavesThem()
    {
        var (probabilities, numbers) = (Golden.Floats("outputs"), Golden.Floats("outputs"));

        new SigmoidCrossEntropy().Activate(probabilities, 1);
        new SquaredError().Activate(numbers, 1);

        probabilities.ShouldAgree(Golden.Doubles("probabilities"), 1e-6);   // one float32 sigmoid
        numbers.Should().Equal(Golden.Floats("outputs"));
    }

    [Theory]
    [InlineData(1000f, 0f, 1000.0)]
    [InlineData(1000f, 1f, 0.0)]
    [InlineData(-1000f, 1f, 1000.0)]
    public void Evaluate_ExtremeLogit_StaysExact(float logit, float target, double expected)
    {
        var gradient = new float[1];

        new SigmoidCrossEntropy().Evaluate([logit], [target], [], gradient).Should().Be(expected);

        gradient[0].Should().Be(expected == 0 ? 0 : 1 - 2 * target);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Evaluate_WeightsSumToZero_IsZero(string key, string targets)
    {
        var gradient = new float[Golden.Int("rows")];

        LossOf(key).Evaluate(Golden.Floats("outputs"), Golden.Floats(targets), new float[gradient.Length], gradient).Should().Be(0, key);

        gradient.Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Evaluate_BadTargetOrTooManyOutputs_SaysWhatIsExpected()
    {
        var half = () => new SigmoidCrossEntropy().Evaluate([1, 1], [0, 0.5f], [], new float[2]);
        var binary = () => new SigmoidCrossEntropy().Evaluate([1, 1], [0], [], new float[2]);
        var regression = () => new SquaredError().Evaluate([1, 1], [0], [], new float[2]);

        half.Should().Throw<ArgumentException>().WithMessage("Targets must be 0 or 1, got 0.5 in row 1*");
        binary.Should().Throw<ArgumentException>().WithMessage("SigmoidCrossEntropy*one output per row, got 2*for 1 rows.*Dense(1)*");
        regression.Should().Throw<ArgumentException>().WithMessage("SquaredError takes one output per row*");
    }
}
