using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>Cursors predict blocks, prediction engines single rows; both must say the same.</summary>
public class PredictorRowTests
{
    private static readonly int[] RowCounts = [1, 2, 3, 7, 40, 300];

    private static readonly Shape Row = Shape.Vector(7);
    private static readonly Shape Picture = Shape.Image(9, 8, 3);

    // Every kind of layer, over widths about one vector, and sums and products that are long enough to be cut.
    private static readonly (string Name, Shape Input, Func<NetworkDefinition, NetworkDefinition> Layers)[] Networks =
    [
        ("dense", Row, net => net.Dense(5).Dense(19)),
        ("encoding", Row, net => net.Add(Some.Encoding(7)).Dense(5)),
        ("wide dense", Row, net => net.Dense(1100).Dense(520)),
        ("dense to a number", Row, net => net.Dense(21).Dense(1)),
        ("batch norm", Row, net => net.BatchNorm().Dense(5).BatchNorm().Relu().BatchNorm()),
        ("layer norm", Row, net => net.Dense(300).LayerNorm()),
        ("group norm", Row, net => net.Dense(390).GroupNorm(3)),
        ("ReLU", Row, net => net.Relu().Dense(5).Relu().Relu()),
        ("sigmoid", Row, net => net.Sigmoid()),
        ("tanh", Row, net => net.Tanh()),
        ("leaky ReLU", Row, net => net.LeakyRelu()),
        ("ELU", Row, net => net.Elu()),
        ("GELU", Row, net => net.Gelu()),
        ("SiLU", Row, net => net.Silu()),
        ("sigmoid of a number", Row, net => net.Dense(1).Sigmoid()),
        ("tanh of a number", Row, net => net.Dense(1).Tanh()),
        ("ELU of a number", Row, net => net.Dense(1).Elu()),
        ("GELU of a number", Row, net => net.Dense(1).Gelu()),
        ("SiLU of a number", Row, net => net.Dense(1).Silu()),
        ("dropout", Row, net => net.Dense(5).Dropout(0.5f)),
        ("residual", Row, net => net.Residual(inner => inner.Dense(7).BatchNorm().Relu())),
        ("concat", Row, net => net.Concat(inner => inner.Dense(5).BatchNorm().Relu()).Dense(3)),
        ("projection", Row, net => net.Residual(inner => inner.Dense(3).BatchNorm().Relu())),
        ("convolution", Picture, net => net.Conv2D(5, padding: 1).BatchNorm().Relu().Conv2D(4, stride: 2)),
        ("1x1 convolution", Picture, net => net.Conv2D(5, kernelSize: 1)),
        ("Winograd", Picture, net => net.Conv2D(17, padding: 1).Conv2D(16, padding: 1)),
        ("max pool", Picture, net => net.MaxPool2D().Add(new MaxPool2DDefinition(3) { Stride = 1, Padding = 1 })),
        ("average pool", Picture, net => net.AveragePool2D().Add(new AveragePool2DDefinition(3) { Stride = 1, Padding = 1 })),
        ("global pool", Picture, net => net.GlobalAveragePool().Dense(2)),
        ("flatten", Picture, net => net.Flatten().BatchNorm()),
        ("instance norm", Picture, net => net.InstanceNorm()),
        ("image group norm", Picture, net => net.Conv2D(6).GroupNorm(2)),
        ("image residual", Picture, net => net.Residual(inner => inner.Conv2D(4, stride: 2, padding: 1).BatchNorm().Relu())),
    ];

    public static TheoryData<string> Names => [.. Networks.Select(network => network.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_AnyNumberOfRows_GivesTheBitsOfEachRowAlone(string name)
    {
        var (_, input, layers) = Networks.Single(network => network.Name == name);
        var predictor = new Network(layers(NetworkDefinition.Empty), input, seed: 1).ToPredictor();
        var features = Some.Values(RowCounts.Max() * input.Size, seed: 7, scale: 2);
        var size = predictor.OutputShape.Size;
        var alone = Enumerable.Range(0, RowCounts.Max())
            .SelectMany(row => Outputs(predictor, features.AsSpan(row * input.Size, input.Size))).ToArray();

        foreach (var rows in RowCounts)
            Outputs(predictor, features.AsSpan(0, rows * input.Size)).Should().Equal(alone[..(rows * size)], "{0} rows", rows);
    }

    // Every kind that a definition can have stands in the list above: a new layer must join it.
    [Fact]
    public void Networks_OfTheseTests_HaveEveryKindOfLayer()
    {
        var covered = Networks.SelectMany(network => WithInner(network.Layers(NetworkDefinition.Empty))).ToArray();

        covered.Select(layer => layer.GetType()).Should().Contain(
            typeof(LayerDefinition).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LayerDefinition)) && !type.IsAbstract));
        covered.OfType<ActivationDefinition>().Select(layer => layer.Function).Should().Contain(Enum.GetValues<ActivationKind>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(300)]
    [InlineData(1000)]
    public void Activate_AnyNumberOfRows_GivesTheBitsOfEachRowAlone(int columns)
    {
        Loss[] losses = columns == 1
            ? [new SigmoidCrossEntropy(), new SquaredError(), new PoissonDeviance(), new SoftmaxCrossEntropy()]
            : [new SoftmaxCrossEntropy()];
        foreach (var loss in losses)
            foreach (var rows in RowCounts)
            {
                var together = Some.Values(rows * columns, seed: 3, scale: 4);
                var alone = Enumerable.Range(0, rows).SelectMany(row => Activated(loss, together[(row * columns)..((row + 1) * columns)]));
                float[] expected = [.. alone];

                loss.Activate(together, columns);

                together.Should().Equal(expected, "{0}, {1} rows", loss, rows);
            }
    }

    private static float[] Activated(Loss loss, float[] row)
    {
        loss.Activate(row, row.Length);
        return row;
    }

    private static float[] Outputs(Predictor predictor, ReadOnlySpan<float> features)
    {
        var outputs = new float[features.Length / predictor.InputShape.Size * predictor.OutputShape.Size];
        predictor.Predict(features, outputs);
        return outputs;
    }

    private static IEnumerable<LayerDefinition> WithInner(NetworkDefinition network) => network.Layers.SelectMany(
        layer => layer is BlockDefinition block ? WithInner(block.Inner).Prepend(layer) : [layer]);
}
