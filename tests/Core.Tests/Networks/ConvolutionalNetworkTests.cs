using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class ConvolutionalNetworkTests
{
    private const int Rows = 6;
    private static readonly Shape Image = Shape.Image(8, 6, 2);

    // Smooth throughout, so that a difference over a step is the gradient; the maximum is tested layer by layer.
    public static TheoryData<NetworkDefinition> Smooth =>
    [
        NetworkDefinition.Empty.Conv2D(4, padding: 1).BatchNorm().Tanh().AveragePool2D().Conv2D(5).BatchNorm().Silu().Flatten().Dense(3),
        NetworkDefinition.Empty.Conv2D(4, stride: 2, padding: 1).GroupNorm(2).Gelu().GlobalAveragePool().Dense(3),
        NetworkDefinition.Empty.Conv2D(4).InstanceNorm().Tanh().Conv2D(4, kernelSize: 1).LayerNorm().Dense(3),
        NetworkDefinition.Empty.Conv2D(4).Residual(inner => inner.Conv2D(4, padding: 1).BatchNorm().Tanh()).Flatten().BatchNorm(),
    ];

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Backward_WholeNetwork_MatchesDifferencesAlongRandomDirections(NetworkDefinition definition)
    {
        var network = new Network(definition, Image, seed: 3);
        var x = Some.Values(Rows * Image.Size, seed: 1);
        var upstream = Some.Values(Rows * network.OutputShape.Size, seed: 2);
        var dx = new float[x.Length];
        network.Forward(x, Rows, Some.TrainingPass);
        network.Backward(x, upstream, dx);
        var gradients = network.TrainableParameters.Select(parameter => parameter.Gradient.ToArray()).ToArray();

        Verify("x", (float[])x.Clone(), dx, moved => moved.CopyTo(x, 0));
        foreach (var (parameter, gradient) in network.TrainableParameters.Zip(gradients))
            Verify(parameter.Name, parameter.Value.ToArray(), gradient, moved => moved.CopyTo(parameter.Value));

        void Verify(string name, float[] values, float[] gradient, Action<float[]> set)
        {
            for (var seed = 10; seed < 13; seed++)
            {
                var direction = Some.Values(values.Length, seed);
                var step = 1e-2f / (float)Norm(direction);
                set([.. values.Zip(direction, (value, toward) => value + step * toward)]);
                var above = Output();
                set([.. values.Zip(direction, (value, toward) => value - step * toward)]);
                var slope = (above - Output()) / (2 * step);
                set(values);

                // Outputs are good to 1e-6, and what is left of their difference over a step of 1e-2 to 1e-4; the third derivative adds
                // as much. Not relative to the slope, which may cancel, but to what it can be.
                var expected = gradient.Zip(direction, (g, d) => (double)g * d).Sum();
                slope.Should().BeApproximately(expected, (2e-3 * Norm(gradient) + 2e-3) * Norm(direction), "of the slope along {0}", name);
            }
        }

        double Output()
        {
            var y = network.Forward(x, Rows, Some.TrainingPass).ToArray();
            return y.Zip(upstream, (value, weight) => (double)value * weight).Sum();
        }
    }

    [Fact]
    public void Train_BarsAcrossOrDown_AreToldApart()
    {
        var definition = NetworkDefinition.Empty.Conv2D(4, padding: 1).BatchNorm().Relu().MaxPool2D()
            .Conv2D(6).BatchNorm().Relu().GlobalAveragePool().Dense(2);
        var network = new Network(definition, Shape.Image(8, 8, 1), seed: 1);
        var settings = new TrainingSettings { Epochs = 15, BatchSize = 16, Optimizer = new Adam { LearningRate = 0.01f } };

        new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(Bars(200, seed: 1));

        const int tests = 100;
        var (unseen, logits) = (Bars(tests, seed: 2), new float[tests * 2]);
        using var batches = unseen.InBatches(tests);
        batches.Start(shuffle: null);
        network.ToPredictor().Predict(batches.Next().Features, logits);
        var right = Enumerable.Range(0, tests).Count(row => (logits[2 * row + 1] > logits[2 * row] ? 1 : 0) == (int)unseen.TargetOf(row));
        right.Should().BeGreaterThan(95);   // chance is 50
    }

    [Fact]
    public void Predict_ImagesThatFillCaches_EqualsTheNetwork()
    {
        const int rows = 7;   // a block of so wide a layer is 2 rows
        var large = Shape.Image(42, 42, 1);
        var network = new Network(NetworkDefinition.Empty.Conv2D(64).BatchNorm().Relu().MaxPool2D(4).Dense(3), large, seed: 1);
        var features = Some.Values(rows * large.Size, seed: 2);
        var outputs = new float[rows * 3];

        network.ToPredictor().Predict(features, outputs);

        // Folding rounds once more.
        outputs.ShouldAgree([.. network.Forward(features, rows, Pass.Inference).ToArray().Select(value => (double)value)], 1e-5);
    }

    [Fact]
    public void Make_WindowTooLarge_NamesTheLayerAndTheSizes()
    {
        var make = () => new Network(NetworkDefinition.Empty.Conv2D(4).MaxPool2D().Conv2D(4), Image, seed: 1);

        make.Should().Throw<ArgumentException>().WithMessage(
            "*Layer 3 'conv2': A 3x3 window does not fit into an input 3x2x4 with a padding of 0.*");
    }

    // A bar of 4 bright pixels somewhere in noise, across (0) or down (1).
    private static Dataset Bars(int rows, int seed)
    {
        var random = new CounterRandom((ulong)seed);
        var builder = new DatasetBuilder(inputs: 64, hasWeights: false);
        for (var row = 0; row < rows; row++)
        {
            var image = Some.Values(64, seed: 1000 * seed + row, scale: 0.3f);
            var down = random.NextBelow(2);
            var (along, beside) = (random.NextBelow(5), random.NextBelow(8));
            for (var i = along; i < along + 4; i++)
                image[down == 1 ? 8 * i + beside : 8 * beside + i] += 1;
            builder.Add(image, down);
        }

        return builder.ToDataset();
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
