using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Onnx;

/// <summary>ONNX's own backend tests of single operators, for all that layers, losses and optimizers have a counterpart for.</summary>
public class OnnxCaseTests
{
    // Float32 in another order of summation, relative to the largest value of the tensor.
    private const double Tolerance = 1e-6;

    // ONNX states what this one gives to a unit of the fourth digit, of 0.3572 at the largest.
    private const string RoundedCase = "node/averagepool_2d_ceil_last_window_starts_on_pad";

    // Why a test of these operators has no counterpart: what the library does not do, or the size of its file.
    private static readonly string[] Reasons =
    [
        "3-D", "dilation", "groups", "uint8", "size", "more than one node", "Dropout with ONNX's random numbers",
        "Flatten across examples (axis other than 1)", "Gemm with a bias per row", "MatMul with a matrix per example",
        "PRelu with a slope per value or column", "a window over one pixel, which is taken for a lost shape",
        "Softmax over another axis than the last",
    ];

    public static TheoryData<string> Names => [.. OnnxCase.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_AnyCase_GivesWhatOnnxExpects(string name)
    {
        var test = OnnxCase.Find(name);
        if (OnnxLayerCase.Of(test) is { } layer)
            RunLayer(layer, name == RoundedCase ? 2.8e-4 : Tolerance);
        else
            Other(test.Operator)(test);
    }

    [Fact]
    public void LeftOut_EveryTestOfTheseOperators_SaysWhy()
    {
        var leftOut = OnnxCase.LeftOut.ToArray();

        leftOut.Should().HaveCount(62);
        OnnxCase.Names.Should().HaveCount(205).And.NotIntersectWith(leftOut.Select(test => test.Name));
        leftOut.SelectMany(test => Reasons.Contains(test.Reason) ? [test.Reason] : test.Reason.Split(", ")).Distinct()
            .Should().BeSubsetOf(Reasons);
        leftOut.Where(test => test.Reason.StartsWith("dilation", StringComparison.Ordinal)).Should().BeEmpty("only 3-D lacks it");
    }

    private static void RunLayer(OnnxLayerCase test, double tolerance)
    {
        var layer = test.Definition.Build(Some.Site(test.Input, test.Definition));
        layer.Parameters.Should().HaveSameCount(test.Parameters);
        foreach (var (parameter, values) in layer.Parameters.Zip(test.Parameters))
            values.CopyTo(parameter.Value);
        var rows = test.X.Length / test.Input.Size;
        var (trained, predicted) = (new float[test.Y.Length], test.X);
        (rows * layer.OutputShape.Size).Should().Be(test.Y.Length);

        layer.Forward(test.X, trained, rows, Pass.Inference);
        if (layer.ForInference() is { } step)
            step(test.X, predicted = new float[test.Y.Length], rows);

        ShouldBe(trained, test.Y, tolerance);
        ShouldBe(predicted, test.Y, tolerance);
    }

    private static Action<OnnxCase> Other(string name) => name switch
    {
        "BatchNormalization" => RunBatchNorm,
        "Dropout" => RunDropout,
        "Softmax" => RunSoftmax,
        "SoftmaxCrossEntropyLoss" => RunCrossEntropy,
        "Adagrad" or "Adam" or "Momentum" => RunOptimizer,
        _ => throw new NotSupportedException($"There is no counterpart of {name}."),
    };

    private static void RunBatchNorm(OnnxCase test)
    {
        var x = test.Input("X");
        var definition = new BatchNormDefinition
        {
            Epsilon = test.Number("epsilon", 1e-5f),
            Momentum = 1 - test.Number("momentum", 0.9f),   // ONNX's is the weight of the old value
        };
        var layer = (BatchNormLayer)definition.Build(Some.Site(x.Example, definition));
        test.Input("scale").Data.CopyTo(layer.Parameters[0].Value);
        test.Input("B").Data.CopyTo(layer.Parameters[1].Value);
        test.Input("mean").Data.CopyTo(layer.RunningMean, 0);
        test.Input("var").Data.CopyTo(layer.RunningVariance, 0);
        var y = new float[x.Data.Length];

        layer.Forward(x.ChannelsLast(), y, x.Shape[0], test.Flag("training_mode") ? Some.TrainingPass : Pass.Inference);

        ShouldBe(y, test.Expected("Y").ChannelsLast());
        if (!test.Flag("training_mode"))
            return;
        ShouldBe(layer.RunningMean, test.Expected("running_mean").Data);
        // ONNX's running variance takes the biased variance of the batch, ours the unbiased one: n / (n - 1) of it.
        var old = test.Input("var").Data.Select(value => value * test.Number("momentum", 0.9f));
        double n = x.Data.Length / x.Shape[1];
        ShouldBe(
            layer.RunningVariance,
            [.. test.Expected("running_var").Data.Zip(old, (value, kept) => (float)(kept + ((value - kept) * n / (n - 1))))]);
    }

    private static void RunDropout(OnnxCase test)
    {
        var x = test.Input("X").Data;
        var definition = new DropoutDefinition(test.Number("ratio", 0.5f));
        var layer = definition.Build(Some.Site(Shape.Vector(x.Length), definition));
        var y = new float[x.Length];

        layer.Forward(x, y, 1, test.Flag("training_mode") ? Some.TrainingPass : Pass.Inference);

        y.Should().Equal(test.Expected("Y").Data);
    }

    private static void RunSoftmax(OnnxCase test)
    {
        var y = test.Input("X").Data;

        new SoftmaxCrossEntropy().Activate(y, test.Integer("classes", 0));

        ShouldBe(y, test.Expected("Y").Data);
    }

    private static void RunCrossEntropy(OnnxCase test)
    {
        var (scores, labels, classWeights) = (test.Input("scores"), test.Input("labels").Data, test.OptionalInput("weights")?.Data);
        var classes = scores.Shape[1];
        var ignored = test.Integer("ignore_index", int.MinValue);
        var (logits, gradient) = (scores.ChannelsLast(), new float[scores.Data.Length]);
        float[] weights = [.. labels.Select(label => label == ignored ? 0 : classWeights?[(int)label] ?? 1)];
        float[] targets = [.. labels.Select(label => label == ignored ? 0 : label)];   // a row of weight 0 has some label too
        var loss = new SoftmaxCrossEntropy();

        float[] outputs = test.Text("reduction", "mean") switch
        {
            "mean" => [(float)loss.Evaluate(logits, targets, weights, gradient)],
            "sum" => [(float)(loss.Evaluate(logits, targets, weights, gradient) * weights.Sum())],
            _ => [.. targets.Select((target, row) => weights[row] * (float)loss.Evaluate(
                logits.AsSpan(row * classes, classes), [target], [], gradient.AsSpan(0, classes)))],
        };

        ShouldBe(outputs, test.Expected("output").Data);
        if (!test.Expects("log_prob"))
            return;
        loss.Activate(logits, classes);
        ShouldBe([.. logits.Select(value => MathF.Log(value))], test.Expected("log_prob").ChannelsLast());
    }

    private static void RunOptimizer(OnnxCase test)
    {
        var parameters = test.InputNames('X').Select(name =>
        {
            var (weights, gradients) = (test.Input(name).Data, test.Input($"G{name[1..]}").Data);
            var parameter = new Parameter(name, weights.Length, decays: true);
            weights.CopyTo(parameter.Value);
            gradients.CopyTo(parameter.Gradient);
            return parameter;
        }).ToArray();
        var rule = OptimizerOf(test).Over(parameters);
        char[] kept = test.Operator switch { "Adagrad" => ['H'], "Adam" => ['V', 'H'], _ => ['V'] };
        foreach (var (slot, letter) in rule.Slots.Zip(kept))
            foreach (var (name, values) in test.InputNames(letter).Zip(slot))
                test.Input(name).Data.CopyTo(values.Span);
        rule.Steps = long.MaxValue / 2;   // ONNX's Adam at step 0 corrects nothing, which ours does no more after many steps

        rule.Step(test.Number("R", 0));

        foreach (var parameter in parameters)
            ShouldBe(parameter.Value.ToArray(), test.Expected($"{parameter.Name}_new").Data);
        foreach (var (slot, letter) in rule.Slots.Zip(kept))
            foreach (var (name, values) in test.InputNames(letter).Zip(slot))
                ShouldBe(values.Span[..test.Input(name).Data.Length].ToArray(), test.Expected($"{name}_new").Data);
    }

    private static Optimizer OptimizerOf(OnnxCase test)
    {
        var penalty = test.Number("norm_coefficient", 0);
        return test.Operator switch
        {
            "Adagrad" => new Adagrad { Epsilon = test.Number("epsilon", 0), WeightDecay = penalty },
            "Adam" => new Adam
            {
                Beta1 = test.Number("alpha", 0),
                Beta2 = test.Number("beta", 0),
                Epsilon = test.Number("epsilon", 0),
                WeightDecay = penalty,
            },
            _ => new Sgd { Momentum = test.Number("alpha", 0), Nesterov = test.Text("mode", "") == "nesterov", WeightDecay = penalty },
        };
    }

    private static void ShouldBe(float[] actual, float[] expected, double tolerance = Tolerance)
    {
        actual.Length.Should().Be(expected.Length);
        var largest = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            actual[i].Should().BeApproximately(expected[i], (float)(tolerance * largest), "value {0} of {1}", i, expected.Length);
    }
}
