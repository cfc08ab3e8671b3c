using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Optimizers;

public class OptimizerTests
{
    private static readonly Golden Golden = new("training.json");

    public static TheoryData<string, Optimizer> Rules => new()
    {
        { "sgd", new Sgd { LearningRate = 0.1f, Momentum = 0.9f, WeightDecay = 0.01f } },
        { "nesterov", new Sgd { LearningRate = 0.1f, Momentum = 0.9f, WeightDecay = 0.01f, Nesterov = true } },
        { "adam", new Adam { LearningRate = 0.01f, WeightDecay = 0.01f } },
        { "adamw", new AdamW { LearningRate = 0.01f, WeightDecay = 0.01f } },
        { "adagrad", new Adagrad { LearningRate = 0.05f, WeightDecay = 0.01f } },
        { "rmsprop", new RmsProp { LearningRate = 0.01f, WeightDecay = 0.01f } },
        { "rmsprop_centered", new RmsProp { LearningRate = 0.01f, WeightDecay = 0.01f, Momentum = 0.5f, Centered = true } },
        { "l1", new Sgd { LearningRate = 0.1f, WeightDecay = 0.01f, L1Penalty = 0.01f } },
        { "clip_value", new Sgd { LearningRate = 0.1f, WeightDecay = 0.01f, ClipValue = 0.05f } },
        { "clip_norm", new Sgd { LearningRate = 0.1f, WeightDecay = 0.01f, ClipNorm = 0.5f } },
    };

    // Rates and numbers of steps with which each rule should get there: x^2 + 10 y^2 from (3, 2), and Rosenbrock's valley
    // (1 - x)^2 + 100 (y - x^2)^2 from (-1.2, 1). Adagrad's steps shrink, so that it needs a large first one.
    public static TheoryData<Optimizer, int, Optimizer, int> Valleys => new()
    {
        { new Sgd { LearningRate = 0.05f }, 200, new Sgd { LearningRate = 1e-3f }, 30_000 },
        { new Sgd { LearningRate = 0.02f, Momentum = 0.9f }, 400, new Sgd { LearningRate = 5e-4f, Momentum = 0.9f }, 10_000 },
        {
            new Sgd { LearningRate = 0.02f, Momentum = 0.9f, Nesterov = true }, 400,
            new Sgd { LearningRate = 5e-4f, Momentum = 0.9f, Nesterov = true }, 10_000
        },
        { new Adagrad { LearningRate = 1f }, 400, new Adagrad { LearningRate = 0.5f }, 30_000 },
        { new RmsProp { LearningRate = 0.01f }, 1_000, new RmsProp { LearningRate = 5e-4f }, 20_000 },
        { new Adam { LearningRate = 0.1f }, 400, new Adam { LearningRate = 0.01f }, 10_000 },
        { new AdamW { LearningRate = 0.1f, WeightDecay = 1e-4f }, 400, new AdamW { LearningRate = 0.01f, WeightDecay = 1e-6f }, 10_000 },
    };

    public static TheoryData<string, Func<object>> BadOptions => new()
    {
        { "LearningRate must be positive*", () => new Sgd { LearningRate = 0 } },
        { "LearningRate must be positive*", () => new Adam { LearningRate = float.PositiveInfinity } },
        { "WeightDecay must be 0 or more*", () => new Adam { WeightDecay = -1 } },
        { "Momentum must be at least 0 and less than 1*", () => new Sgd { Momentum = 1 } },
        { "Beta1 must be at least 0 and less than 1*", () => new Adam { Beta1 = -0.1f } },
        { "Beta2 must be at least 0 and less than 1*", () => new Adam { Beta2 = 1 } },
        { "Epsilon must be positive*", () => new Adam { Epsilon = 0 } },
        { "Epsilon must be positive*", () => new Adagrad { Epsilon = 0 } },
        { "Rho must be at least 0 and less than 1*", () => new RmsProp { Rho = 1 } },
        { "WeightDecay must be 0 or more*", () => new AdamW { WeightDecay = -1 } },
        { "L1Penalty must be 0 or more*", () => new Sgd { L1Penalty = float.NaN } },
        { "ClipNorm must be positive*", () => new Sgd { ClipNorm = 0 } },
        { "ClipValue must be positive*", () => new Sgd { ClipValue = -1 } },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void TenSteps_DenseBatchNormReluDense_MatchPyTorch(string key, Optimizer optimizer)
    {
        var definition = NetworkDefinition.Empty.Dense(Golden.Int("hidden")).BatchNorm().Relu().Dense(Golden.Int("classes"));
        var network = new Network(definition, Shape.Vector(Golden.Int("inputs")), seed: 0);
        Golden.Floats("weight1").CopyTo(network.TrainableParameters[0].Value);
        Golden.Floats("weight2").CopyTo(network.TrainableParameters[3].Value);
        Golden.Floats("bias2").CopyTo(network.TrainableParameters[4].Value);
        var (loss, rule, rows) = (new SoftmaxCrossEntropy(), optimizer.Over(network.TrainableParameters), Golden.Int("rows"));
        var gradient = new float[rows * Golden.Int("classes")];

        var losses = new List<double>();
        foreach (var (batch, targets) in Golden.FloatTable("batches").Zip(Golden.FloatTable("targets")))
        {
            var outputs = network.Forward(batch, rows, Some.TrainingPass);
            losses.Add(loss.Evaluate(outputs, targets, [], gradient));
            network.Backward(batch, gradient);
            rule.Step(optimizer.LearningRate);
        }

        // Ten steps of float32 against float64: each step carries the error of the last one on.
        losses.Zip(Golden.Doubles($"{key}_losses"), (ours, theirs) => Math.Abs(ours - theirs)).Max().Should().BeLessThan(2e-5);
        foreach (var (parameter, expected) in network.TrainableParameters.Zip(Golden.Table($"{key}_parameters")))
            parameter.Value.ShouldAgree(expected, 2e-5);
        var norm = (BatchNormLayer)network.Layers[1];
        norm.RunningMean.ShouldAgree(Golden.Doubles($"{key}_running_mean"), 2e-5);
        norm.RunningVariance.ShouldAgree(Golden.Doubles($"{key}_running_var"), 2e-5);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Step_WeightDecay_LeavesBiasesAlone(string key, Optimizer optimizer)
    {
        var bias = new Parameter($"{key}.bias", 5, decays: false);
        var weight = new Parameter($"{key}.weight", 5, decays: true);
        bias.Value.Fill(3);
        weight.Value.Fill(3);

        optimizer.Over([bias, weight]).Step(optimizer.LearningRate);   // gradients are zero

        bias.Value.ToArray().Should().OnlyContain(value => value == 3);
        weight.Value.ToArray().Should().OnlyContain(value => value < 3);
    }

    [Fact]
    public void Step_PenalizeAll_DecaysBiasesToo()
    {
        foreach (var optimizer in new Optimizer[]
        {
            new Sgd { WeightDecay = 0.1f, PenalizeAll = true },
            new Sgd { L1Penalty = 0.1f, PenalizeAll = true },
            new AdamW { PenalizeAll = true },
        })
        {
            var bias = new Parameter("bias", 5, decays: false);
            bias.Value.Fill(-3);

            optimizer.Over([bias]).Step(optimizer.LearningRate);   // gradients are zero

            bias.Value.ToArray().Should().OnlyContain(value => value > -3);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Step_LearningRateFactor_IsAnotherRateForThatParameterAlone(string key, Optimizer optimizer)
    {
        const float factor = 0.3f;
        var rate = optimizer.LearningRate;
        var (mixed, whole, slow) = (Train(rate, [1, factor, factor]), Train(rate, null), Train(rate * factor, null));

        mixed[0].Should().Equal(whole[0], key);
        mixed[1].Should().Equal(slow[1]).And.NotEqual(whole[1]);
        mixed[2].Should().Equal(slow[2]).And.NotEqual(whole[2]);

        // Whatever the weights are, gradients are the same in each run, so that the parameters do not feel each other.
        float[][] Train(float learningRate, float[]? factors)
        {
            Parameter[] parameters =
                [new("first", 11, decays: true), new("second", 40_000, decays: true), new("sparse", [9, 3], decays: true)];
            foreach (var (i, parameter) in parameters.Index())
                Some.Values(parameter.Length, seed: i).CopyTo(parameter.Value);
            var rule = optimizer.Over(parameters);
            if (factors is not null)
                rule.LearningRateFactors = factors;
            for (var step = 0; step < 3; step++)
            {
                foreach (var (i, parameter) in parameters[..2].Index())
                    Some.Values(parameter.Length, seed: 10 * step + i).CopyTo(parameter.TouchAll());
                Some.Values(6, seed: 10 * step + 2).CopyTo(parameters[2].TouchRows([step, 7]));
                rule.Step(learningRate);
            }

            return [.. parameters.Select(parameter => parameter.Value.ToArray())];
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Step_LearningRateFactorOf0_LeavesTheParameter(string key, Optimizer optimizer)
    {
        var parameter = new Parameter(key, 5, decays: true);
        parameter.Value.Fill(3);
        parameter.Gradient.Fill(1);
        var rule = optimizer.Over([parameter]);
        rule.LearningRateFactors = [0];

        rule.Step(optimizer.LearningRate);

        parameter.Value.ToArray().Should().OnlyContain(value => value == 3);
    }

    [Fact]
    public void Step_HugeGradient_IsClippedToTheNorm()
    {
        var (first, second) = (new Parameter("first", 3, decays: true), new Parameter("second", 2, decays: true));
        first.Gradient.Fill(3e30f);   // whose square is no float32
        second.Gradient.Fill(-3e30f);

        new Sgd { ClipNorm = 2 }.Over([first, second]).Step(1);

        float[] weights = [.. first.Value, .. second.Value];
        Math.Sqrt(weights.Sum(weight => (double)weight * weight)).Should().BeApproximately(2, 1e-6);   // float32 rounding
        weights.Should().Equal(weights[0], weights[0], weights[0], -weights[0], -weights[0]);
    }

    [Theory]
    [InlineData(0.5f)]
    [InlineData(1.2f)]
    [InlineData(1.9999f)]
    public void Step_GradientShorterThanClipNorm_IsNotLengthened(float length)
    {
        var parameter = new Parameter("weight", 1, decays: true);
        parameter.Gradient[0] = length;

        new Sgd { ClipNorm = 2 }.Over([parameter]).Step(1);

        parameter.Value[0].Should().Be(-length);
    }

    // The average of the squares is then the square of the average, and rounding decides the sign of the variance between them.
    [Theory]
    [InlineData(0f)]
    [InlineData(0.5f)]
    [InlineData(0.9f)]
    public void Step_CenteredRmsPropWithConstantGradient_StaysFinite(float rho)
    {
        var parameter = new Parameter("weight", 64, decays: true);
        Some.Values(64, seed: 4).CopyTo(parameter.Gradient);
        var rule = new RmsProp { Centered = true, Rho = rho }.Over([parameter]);

        for (var i = 0; i < 200; i++)
            rule.Step(learningRate: 1e-3f);

        foreach (var (weight, gradient) in parameter.Value.ToArray().Zip(parameter.Gradient.ToArray()))
            (float.IsFinite(weight) && weight * gradient < 0).Should().BeTrue("weight {0} goes against gradient {1}", weight, gradient);
    }

    [Theory]
    [MemberData(nameof(Valleys))]
    public void Steps_ParabolaAndRosenbrock_FindTheMinimum(
        Optimizer forParabola, int parabolaSteps, Optimizer forRosenbrock, int rosenbrockSteps)
    {
        var parabola = Minimize(forParabola, parabolaSteps, 3, 2, (x, y) => (2 * x, 20 * y));
        var rosenbrock = Minimize(
            forRosenbrock, rosenbrockSteps, -1.2, 1, (x, y) => (-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)));

        // Rules that divide by the size of the gradient end in a circle about the minimum, as wide as a step.
        parabola.Should().Match<(double X, double Y)>(at => Math.Abs(at.X) < 0.02 && Math.Abs(at.Y) < 0.02);
        rosenbrock.Should().Match<(double X, double Y)>(at => Math.Abs(at.X - 1) < 0.05 && Math.Abs(at.Y - 1) < 0.1);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Step_Padding_StaysZero(string key, Optimizer optimizer)
    {
        var parameter = new Parameter(key, 5, decays: true);
        parameter.Value.Fill(3);
        parameter.Gradient.Fill(1);
        var rule = optimizer.Over([parameter]);

        for (var i = 0; i < 3; i++)
            rule.Step(optimizer.LearningRate);

        parameter.PaddedValue[5..].ToArray().Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Make_BadOption_NamesItAndWhatItMustBe(string message, Func<object> make) =>
        make.Should().Throw<ArgumentException>().WithMessage(message);

    private static (double X, double Y) Minimize(
        Optimizer optimizer, int steps, double x, double y, Func<double, double, (double X, double Y)> gradient)
    {
        var point = new Parameter("point", 2, decays: true);
        (point.Value[0], point.Value[1]) = ((float)x, (float)y);
        var rule = optimizer.Over([point]);
        for (var i = 0; i < steps; i++)
        {
            var (dx, dy) = gradient(point.Value[0], point.Value[1]);
            (point.Gradient[0], point.Gradient[1]) = ((float)dx, (float)dy);
            rule.Step(optimizer.LearningRate);
        }

        return (point.Value[0], point.Value[1]);
    }
}
