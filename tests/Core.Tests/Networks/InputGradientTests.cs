using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class InputGradientTests
{
    private static readonly BatchNormDefinition Renormalized = new() { Renormalization = new(), VirtualBatchSize = 2 };

    public static TheoryData<string, NetworkDefinition, Shape> Networks => new()
    {
        { "batch norm and dropout", NetworkDefinition.Empty.Dense(9).BatchNorm().Tanh().Dropout(0.5f), Shape.Vector(5) },
        { "options of training", NetworkDefinition.Empty.Add(Renormalized).Dense(6).Add(Renormalized).Sigmoid(), Shape.Vector(5) },
        { "residual", NetworkDefinition.Empty.Residual(inner => inner.Dense(7).BatchNorm().Dropout(0.4f)).Tanh(), Shape.Vector(4) },
        { "concat", NetworkDefinition.Empty.Concat(inner => inner.Dense(3).BatchNorm().Tanh().Dropout(0.4f)), Shape.Vector(4) },
        { "image", NetworkDefinition.Empty.BatchNorm().Conv2D(4, padding: 1).BatchNorm().Tanh().AveragePool2D(), Shape.Image(4, 6, 2) },
        { "encoding", NetworkDefinition.Empty.Add(Some.Encoding(4)).Dense(6).BatchNorm().Tanh(), Shape.Vector(4) },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void InputGradient_RandomWeights_MatchesFiniteDifferencesOfPredict(string name, NetworkDefinition hidden, Shape input)
    {
        const int rows = 67;   // more than one pass takes, and a single row is no batch
        var network = Trained(hidden, input);
        // On a grid, where no step crosses an edge of the encoding's bins.
        float[] features = [.. Some.Values(rows * input.Size, seed: 2).Select(value => MathF.Round(2 * value) / 2 + 0.05f)];
        var weights = Some.Values(rows * 3, seed: 3);
        var gradient = new float[features.Length];

        network.InputGradient(features, weights, gradient);

        // Float predictions err by about 1e-6, divided by the step, and central differences by the square of the step.
        var expected = SlopesOfPredict(network, features, weights, step: 1e-2f);
        for (var i = 0; i < gradient.Length; i++)
            gradient[i].Should().BeApproximately(expected[i], 3e-3f, $"{name}, input {i}");
        gradient.Should().Contain(value => Math.Abs(value) > 0.1f, "else the tolerance would hide everything");
    }

    [Fact]
    public void InputGradient_NetworkOfAModel_LeavesItAsItIs()
    {
        var network = Trained(NetworkDefinition.Empty.Dense(9).BatchNorm().Relu(), Shape.Vector(5)).AsReadOnly();
        var features = Some.Values(5, seed: 2);
        var (before, after) = (new float[3], new float[3]);
        network.Predict(features, before);
        var statistics = network.BatchNormLayers;

        network.InputGradient(features, [1, 0, 0], new float[5]);

        network.Predict(features, after);
        after.Should().Equal(before);
        network.BatchNormLayers.Should().BeEquivalentTo(statistics);
    }

    [Theory]
    [InlineData(9, 3, 10)]
    [InlineData(10, 5, 10)]
    [InlineData(10, 6, 5)]
    public void InputGradient_LengthsThatDoNotFit_SaysWhatWasExpected(int features, int weights, int gradients)
    {
        var network = Trained(NetworkDefinition.Empty.Dense(4), Shape.Vector(5));

        var act = () => network.InputGradient(new float[features], new float[weights], new float[gradients]);

        act.Should().Throw<ArgumentException>().WithMessage($"Rows of 5 features, 3 weights*{features}, {weights} and {gradients}*");
    }

    private static Network Trained(NetworkDefinition hidden, Shape input) =>
        new RandomNetwork(seed: 4).WithRandomNumbers(new Network(hidden.Dense(3), input, seed: 1));

    private static float[] SlopesOfPredict(Network network, float[] features, float[] weights, float step)
    {
        var size = network.InputShape.Size;
        return [.. features.Select((_, i) => (WeightedAt(i, step) - WeightedAt(i, -step)) / (2 * step))];

        float WeightedAt(int i, float by)
        {
            var row = i / size;
            var moved = features.AsSpan(row * size, size).ToArray();
            moved[i % size] += by;
            var outputs = new float[3];
            network.Predict(moved, outputs);
            return outputs.Zip(weights.Skip(row * 3), (output, weight) => output * weight).Sum();
        }
    }
}
