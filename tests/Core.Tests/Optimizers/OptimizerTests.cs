using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;
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
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void TenSteps_DenseBatchNormReluDense_MatchPyTorch(string key, Optimizer optimizer)
    {
        var definition = NetworkDefinition.Empty.Dense(Golden.Int("hidden")).BatchNorm().Relu().Dense(Golden.Int("classes"));
        var network = new Network(definition, Shape.Vector(Golden.Int("inputs")), seed: 0);
        Golden.Floats("weight1").CopyTo(network.Parameters[0].Value);
        Golden.Floats("weight2").CopyTo(network.Parameters[3].Value);
        Golden.Floats("bias2").CopyTo(network.Parameters[4].Value);
        var (loss, rule, rows) = (new SoftmaxCrossEntropy(), optimizer.Over(network.Parameters), Golden.Int("rows"));
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
        foreach (var (parameter, expected) in network.Parameters.Zip(Golden.Table($"{key}_parameters")))
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
}
