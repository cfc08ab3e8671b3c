using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Losses;

public class SoftmaxCrossEntropyTests
{
    private static readonly Golden Golden = new("cross-entropy.json");
    private static readonly SoftmaxCrossEntropy Loss = new();

    [Theory]
    [InlineData("plain")]
    [InlineData("weighted")]
    public void Evaluate_MatchesPyTorch(string kind)
    {
        var logits = Golden.Floats("logits");
        var gradient = new float[logits.Length];

        var loss = Loss.Evaluate(logits, Golden.Floats("targets"), kind == "weighted" ? Golden.Floats("weights") : [], gradient);

        // Softmax in float32 of logits up to 10.
        loss.Should().BeApproximately(Golden.Double($"{kind}_loss"), 2e-6);
        gradient.ShouldAgree(Golden.Doubles($"{kind}_gradient"), 1e-6);
    }

    [Fact]
    public void Evaluate_LabelSmoothing_MatchesPyTorch()
    {
        var logits = Golden.Floats("logits");
        var gradient = new float[logits.Length];
        var smoothed = Loss with { LabelSmoothing = (float)Golden.Double("smoothing") };

        var loss = smoothed.Evaluate(logits, Golden.Floats("targets"), Golden.Floats("weights"), gradient);

        loss.Should().BeApproximately(Golden.Double("smoothed_loss"), 2e-6);   // as above
        gradient.ShouldAgree(Golden.Doubles("smoothed_gradient"), 1e-6);
    }

    [Fact]
    public void Activate_GivesProbabilities()
    {
        var outputs = Golden.Floats("logits");

        Loss.Activate(outputs, Golden.Int("classes"));

        outputs.ShouldAgree(Golden.Doubles("probabilities"), 1e-6);   // one exp and one division in float32
    }

    [Theory]
    [InlineData(1000f, -1000f, 2000.0)]
    [InlineData(-1000f, 1000f, 0.0)]
    [InlineData(80f, 0f, 80.0)]
    public void Evaluate_ExtremeLogits_StaysExact(float wrong, float right, double expected)
    {
        var gradient = new float[2];

        Loss.Evaluate([wrong, right], [1], [], gradient).Should().BeApproximately(expected, 1e-5 * Math.Max(1, expected));

        gradient.Should().OnlyContain(value => float.IsFinite(value));
    }

    [Fact]
    public void Evaluate_NaN_IsNaN() => Loss.Evaluate([float.NaN, 1], [1], [], new float[2]).Should().Be(double.NaN);

    [Fact]
    public void Evaluate_WeightsSumToZero_IsZero()
    {
        var gradient = new float[] { 7, 7, 7, 7 };

        Loss.Evaluate([1, 2, 3, 4], [0, 1], [0, 0], gradient).Should().Be(0);

        gradient.Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(3f)]
    [InlineData(0.5f)]
    [InlineData(float.NaN)]
    [InlineData(1e20f)]
    public void Evaluate_NoClassIndex_NamesRowAndRange(float target)
    {
        var evaluate = () => Loss.Evaluate(new float[6], [0, target], [], new float[6]);

        evaluate.Should().Throw<ArgumentException>().WithMessage("*class indices 0 to 2*row 1*");
    }
}
