using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>
/// A ReLU behind batch norm or a dense layer is part of its passes, batch norm trains as one with max pooling behind it, a flatten is left
/// out, and element-wise layers go back in place. That must change nothing but the time.
/// </summary>
public class JoinedStepsTests
{
    private const int Rows = 23;

    public static TheoryData<NetworkDefinition> Definitions =>
    [
        NetworkDefinition.Empty.BatchNorm().Relu(),
        NetworkDefinition.Empty.Conv2D(6, padding: 1).BatchNorm().Relu().MaxPool2D().Dense(17).BatchNorm().Relu().Relu().Dense(3),
        NetworkDefinition.Empty.BatchNorm().Relu().MaxPool2D(),
        NetworkDefinition.Empty.Add(new BatchNormDefinition { Scale = false, Center = false }).MaxPool2D(),
        NetworkDefinition.Empty.Conv2D(18, kernelSize: 2).BatchNorm().MaxPool2D().Relu().Dense(3),
        NetworkDefinition.Empty.Conv2D(5, kernelSize: 2).Add(new BatchNormDefinition { VirtualBatchSize = 8 }).Relu().MaxPool2D().Dense(3),
        NetworkDefinition.Empty.Conv2D(6, padding: 1).Add(new BatchNormDefinition { WeightedStatistics = true }).MaxPool2D().Dense(3),
        NetworkDefinition.Empty.Conv2D(6, padding: 1)
            .Add(new BatchNormDefinition { Renormalization = new BatchRenormalization() }).MaxPool2D().Dense(3),
        NetworkDefinition.Empty.Conv2D(6, padding: 1)
            .Add(new BatchNormDefinition { Freeze = BatchNormFreeze.Statistics }).Relu().MaxPool2D().Dense(3),
        NetworkDefinition.Empty.Conv2D(6, padding: 1).BatchNorm().Relu().Add(new MaxPool2DDefinition(3) { Stride = 2 }).Dense(3),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { VirtualBatchSize = 8 }).Relu().Dense(3),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { Scale = false, Center = false }).Relu(),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { Renormalization = new BatchRenormalization() }).Relu(),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { WeightedStatistics = true }).Relu(),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { Freeze = BatchNormFreeze.Statistics }).Relu(),
        NetworkDefinition.Empty.Dense(70).Relu().Dense(9).Relu().Relu().Dense(3),
        NetworkDefinition.Empty.Add(new DenseDefinition(9) { UseBias = false }).Relu().Dense(3).Relu(),
        NetworkDefinition.Empty.Conv2D(6, padding: 1).BatchNorm().MaxPool2D().Flatten().BatchNorm().Relu().Dense(3),
        NetworkDefinition.Empty.Flatten().BatchNorm().Flatten().Relu(),
        NetworkDefinition.Empty.Dense(9).Sigmoid().Dropout(0.5f).Dense(5).Tanh().LeakyRelu().Elu().Gelu().Silu().BatchNorm(),
        NetworkDefinition.Empty.Conv2D(6, padding: 1).GroupNorm(2).Relu().AveragePool2D().InstanceNorm().Residual(
            inner => inner.Conv2D(6, padding: 1).BatchNorm()).Relu().LayerNorm().GlobalAveragePool(),
        NetworkDefinition.Empty.Conv2D(6, padding: 1).Dropout(0.5f).AveragePool2D().Relu().MaxPool2D().Concat(
            inner => inner.Dense(4).Relu().Dropout(0.5f)).Softplus()
            .Add(new BatchNormDefinition { Freeze = BatchNormFreeze.StatisticsAndAffine })
            .Residual(inner => inner.Dense(5).Relu()).Dense(3),
    ];

    [Theory]
    [MemberData(nameof(Definitions))]
    public void ForwardAndBackward_AnyNetwork_EqualLayerByLayerToTheLastBit(NetworkDefinition definition)
    {
        var input = Shape.Image(6, 4, 2);
        var x = Some.Values(Rows * input.Size, seed: 2, scale: 3, shift: 1);
        var weights = Some.Values(Rows, seed: 3).Select(Math.Abs).ToArray();
        var network = new Network(definition, input, seed: 5);
        var layers = LayerPlan.Of(network.Definition, input, Initializer.He, new CounterRandom(0)).Select(plan => plan.Build()).ToArray();
        foreach (var (own, layer) in network.Layers.Zip(layers))
            FillParameters(own, layer);
        var upstream = Some.Values(Rows * network.OutputShape.Size, seed: 4);
        var dx = new float[x.Length];

        var outputs = network.Forward(x, Rows, Pass.Training(default, weights)).ToArray();
        network.Backward(x, upstream, dx);
        var (expectedOutputs, expectedDx) = LayerByLayer(layers, x, upstream, Pass.Training(default, weights));

        outputs.Should().Equal(expectedOutputs);
        dx.Should().Equal(expectedDx);
        foreach (var (own, expected) in network.TrainableParameters.Zip(layers.SelectMany(layer => layer.Parameters)))
            own.Gradient.ToArray().Should().Equal(expected.Gradient.ToArray(), own.Name);
        foreach (var calibrates in (bool[])[false, true])
        {
            var pass = calibrates ? Pass.Calibration(isFirst: true) : Pass.Inference;
            network.Forward(x, Rows, pass).ToArray().Should().Equal(Outputs(layers, x, pass)[^1]);
        }
    }

    [Fact]
    public void Backward_BatchNormJoinedWithPooling_MatchesFiniteDifferences()
    {
        const int images = 3, height = 5, width = 4, channels = 3;
        var input = Shape.Image(height, width, channels);
        var norm = new BatchNormDefinition().Build(Some.Site(input, new BatchNormDefinition()));
        var pooling = new MaxPool2DDefinition().Build(Some.Site(input, new MaxPool2DDefinition()));
        norm.TakeRelu().Should().BeTrue();
        FillParameters(norm);
        var joint = norm.JoinedWith(pooling)!;
        var x = Some.Values(images * joint.InputShape.Size, seed: 2, scale: 2, shift: 1);
        var dy = Some.Values(images * joint.OutputShape.Size, seed: 3);
        var (y, dx) = (new float[dy.Length], new float[x.Length]);
        var (gamma, beta) = (Doubles(norm.Parameters[0].Value), Doubles(norm.Parameters[1].Value));

        joint.Forward(x, y, images, Some.TrainingPass);
        joint.Backward(x, y, dy, dx, images);

        // float32 sums of 60 terms. No value lies so close to 0 or to another one of its window that a step crosses it.
        dx.ShouldAgree(FiniteDifference.Gradient(input => Pooled(Relu(input, gamma, beta)), Doubles(x), Doubles(dy)), 1e-5);
        norm.Parameters[0].Gradient.ShouldAgree(
            FiniteDifference.Gradient(g => Pooled(Relu(Doubles(x), g, beta)), gamma, Doubles(dy)), 1e-5);
        norm.Parameters[1].Gradient.ShouldAgree(
            FiniteDifference.Gradient(b => Pooled(Relu(Doubles(x), gamma, b)), beta, Doubles(dy)), 1e-5);

        static double[] Pooled(double[] z) =>
        [
            .. from image in Enumerable.Range(0, images)
               from oy in Enumerable.Range(0, height / 2)
               from ox in Enumerable.Range(0, width / 2)
               from c in Enumerable.Range(0, channels)
               let first = ((image * height) + (2 * oy)) * width + (2 * ox)
               select new[] { first, first + 1, first + width, first + width + 1 }.Max(pixel => z[(pixel * channels) + c]),
        ];
    }

    [Theory]
    [InlineData(null)]
    [InlineData("conv1")]
    [InlineData("batchnorm1")]
    [InlineData("relu1")]
    [InlineData("maxpool1")]
    public void KeepOutputs_BatchNormInFrontOfPooling_ShowsItsOutputAndChangesNothing(string? freezeThrough)
    {
        var definition = NetworkDefinition.Empty.Conv2D(6, padding: 1).BatchNorm().Relu().MaxPool2D().Dense(3);
        var input = Shape.Image(6, 4, 2);
        var x = Some.Values(Rows * input.Size, seed: 2);
        var upstream = Some.Values(Rows * 3, seed: 4);
        Network joined = new(definition, input, seed: 5), kept = new(definition, input, seed: 5);
        kept.Passes.KeepOutputs();
        foreach (var network in (Network[])[joined, kept])
        {
            if (freezeThrough is not null)
                network.FreezeThrough(freezeThrough);
            network.Forward(x, Rows, Pass.Inference);
        }

        var outputs = joined.Forward(x, Rows, Some.TrainingPass).ToArray();
        joined.Backward(x, upstream);
        kept.Forward(x, Rows, Some.TrainingPass).ToArray().Should().Equal(outputs);
        kept.Backward(x, upstream);

        if (freezeThrough is "batchnorm1" or "relu1" or "maxpool1")
            kept.TrainedOutput(1).Length.Should().Be(0);
        else
            Pooled(kept.TrainedOutput(1)).Should().Equal(kept.TrainedOutput(3).ToArray());
        joined.TrainableParameters.Should().HaveCount(kept.TrainableParameters.Count);
        foreach (var (own, expected) in joined.TrainableParameters.Zip(kept.TrainableParameters))
            own.Gradient.ToArray().Should().Equal(expected.Gradient.ToArray(), own.Name);

        static float[] Pooled(ReadOnlySpan<float> z)
        {
            var y = new float[Rows * 3 * 2 * 6];
            Pooling.Max(new SlidingWindow(Rows, 6, 4, 6, 2, 2) { Stride = 2 }, z, y);
            return y;
        }
    }

    [Fact]
    public void Backward_LayerThatTookItsRelu_MatchesFiniteDifferences()
    {
        const int channels = 5;
        var layer = (BatchNormLayer)Some.Layer(new BatchNormDefinition(), channels);
        layer.TakeRelu().Should().BeTrue();
        FillParameters(layer, layer);
        var x = Some.Values(Rows * channels, seed: 2, scale: 2, shift: 1);
        var dy = Some.Values(x.Length, seed: 3);
        var (y, dx) = (new float[x.Length], (float[])dy.Clone());
        var (gamma, beta) = (Doubles(layer.Parameters[0].Value), Doubles(layer.Parameters[1].Value));

        layer.Forward(x, y, Rows, Some.TrainingPass);
        layer.Backward(x, y, dx, dx, Rows);   // in place, as in a network

        // float32 sums of 23 terms. No value lies so close to 0 that a step crosses it.
        dx.ShouldAgree(FiniteDifference.Gradient(input => Relu(input, gamma, beta), Doubles(x), Doubles(dy)), 1e-5);
        layer.Parameters[0].Gradient.ShouldAgree(FiniteDifference.Gradient(g => Relu(Doubles(x), g, beta), gamma, Doubles(dy)), 1e-5);
        layer.Parameters[1].Gradient.ShouldAgree(FiniteDifference.Gradient(b => Relu(Doubles(x), gamma, b), beta, Doubles(dy)), 1e-5);
    }

    [Fact]
    public void Backward_DenseLayerThatTookItsRelu_MatchesFiniteDifferences()
    {
        const int inputs = 7, units = 5;
        var layer = (DenseLayer)Some.Layer(new DenseDefinition(units), inputs);
        layer.TakeRelu().Should().BeTrue();
        FillParameters(layer, layer);
        var x = Some.Values(Rows * inputs, seed: 2, scale: 2, shift: -0.5f);
        var dy = Some.Values(Rows * units, seed: 3);
        var (y, dx) = (new float[dy.Length], new float[x.Length]);
        var (weight, bias) = (Doubles(layer.Parameters[0].Value), Doubles(layer.Parameters[1].Value));

        layer.Forward(x, y, Rows, Some.TrainingPass);
        layer.Backward(x, y, dy, dx, Rows);

        // float32 sums of 23 terms. No value lies so close to 0 that a step crosses it.
        y.Should().Contain(0).And.Contain(value => value > 0);
        dx.ShouldAgree(FiniteDifference.Gradient(input => DenseRelu(input, weight, bias), Doubles(x), Doubles(dy)), 1e-5);
        layer.Parameters[0].Gradient.ShouldAgree(FiniteDifference.Gradient(w => DenseRelu(Doubles(x), w, bias), weight, Doubles(dy)), 1e-5);
        layer.Parameters[1].Gradient.ShouldAgree(FiniteDifference.Gradient(b => DenseRelu(Doubles(x), weight, b), bias, Doubles(dy)), 1e-5);
    }

    private static double[] DenseRelu(double[] x, double[] weight, double[] bias)
    {
        var (units, inputs) = (bias.Length, weight.Length / bias.Length);
        double Z(int row, int unit) =>
            bias[unit] + Enumerable.Range(0, inputs).Sum(i => x[(row * inputs) + i] * weight[(i * units) + unit]);
        return [.. Enumerable.Range(0, x.Length / inputs * units).Select(at => Math.Max(Z(at / units, at % units), 0))];
    }

    private static double[] Relu(double[] x, double[] gamma, double[] beta) =>
        [.. new BatchNormOracle(gamma, beta, 1e-5).Forward(x).Select(value => Math.Max(value, 0))];

    private static double[] Doubles(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];

    private static void FillParameters(params Layer[] layers)
    {
        foreach (var layer in layers)
            foreach (var (i, parameter) in layer.Parameters.Index())
                Some.Values(parameter.Length, seed: 10 + i, shift: 0.5f).CopyTo(parameter.Value);
    }

    private static List<float[]> Outputs(Layer[] layers, float[] x, Pass pass)
    {
        List<float[]> values = [x];
        foreach (var layer in layers)
        {
            var y = new float[Rows * layer.OutputShape.Size];
            layer.Forward(values[^1], y, Rows, pass);
            values.Add(y);
        }

        return values;
    }

    private static (float[] Outputs, float[] InputGradient) LayerByLayer(Layer[] layers, float[] x, float[] upstream, Pass pass)
    {
        var values = Outputs(layers, x, pass);
        var dy = upstream;
        for (var i = layers.Length - 1; i >= 0; i--)
        {
            var dx = new float[values[i].Length];
            layers[i].Backward(values[i], values[i + 1], dy, dx, Rows);
            dy = dx;
        }

        return (values[^1], dy);
    }
}
