using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class FoldTests
{
    private const int Rows = 30;
    private static readonly Shape Image = Shape.Image(6, 5, 2);

    public static TheoryData<NetworkDefinition, int> Foldings => new()
    {
        { NetworkDefinition.Empty.Dense(7).BatchNorm(), 1 },
        { NetworkDefinition.Empty.Dense(7).BatchNorm().Relu().Dense(6).BatchNorm().Tanh().Dense(3), 5 },
        { NetworkDefinition.Empty.Add(new DenseDefinition(7) { UseBias = true, Initializer = Initializer.PyTorch }).BatchNorm(), 1 },
        { NetworkDefinition.Empty.Conv2D(5, padding: 1).BatchNorm().Relu().MaxPool2D().Conv2D(4, 2).BatchNorm().Relu().Dense(3), 6 },
        { NetworkDefinition.Empty.Conv2D(4, kernelSize: 4, stride: 2, padding: 3).BatchNorm().GlobalAveragePool(), 2 },
        { NetworkDefinition.Empty.Conv2D(6, 1, groups: 2).BatchNorm().Relu().Conv2D(6, groups: 6).BatchNorm().Mish().GlobalMaxPool(), 5 },
        {
            NetworkDefinition.Empty
                .Add(new Conv2DDefinition(5) { Stride = new Size2D(1, 2), Padding = new Padding2D(0, 1, 2, 0), Dilation = 2 })
                .BatchNorm().PRelu(),
            2
        },
        { NetworkDefinition.Empty.Dense(6).Residual(inner => inner.Dense(4).BatchNorm().Relu().Dense(3).BatchNorm()).Dense(2), 3 },
        {
            NetworkDefinition.Empty.Dense(6).Add(new ResidualDefinition(NetworkDefinition.Empty.Dense(6).BatchNorm())
            {
                Shortcut = NetworkDefinition.Empty.Dense(6).BatchNorm().Tanh(),
            }),
            2
        },
        {
            NetworkDefinition.Empty.Dense(6).Add(new ResidualDefinition(NetworkDefinition.Empty.Dense(6).BatchNorm())
            {
                Shortcut = NetworkDefinition.Empty.Sigmoid(),   // no batch norm, and the shape would allow to go without
            }),
            2
        },
        { NetworkDefinition.Empty.Conv2D(4).Residual(inner => inner.Conv2D(4, padding: 1).BatchNorm()).Flatten().Dropout(0.5f), 4 },
    };

    [Theory]
    [MemberData(nameof(Foldings))]
    public void Fold_BatchNormBehindLinearLayers_GivesTheSameWithoutIt(NetworkDefinition definition, int layers)
    {
        var network = Trained(definition);
        var features = Some.Values(Rows * Image.Size, seed: 4, scale: 2);
        double[] expected = [.. network.Forward(features, Rows, Pass.Inference).ToArray().Select(value => (double)value)];
        var predicted = new float[expected.Length];

        var folded = network.Fold();
        network.ToPredictor().Predict(features, predicted);

        // gamma times the weight is rounded once more.
        folded.Forward(features, Rows, Pass.Inference).ShouldAgree(expected, 1e-5);
        predicted.ShouldAgree(expected, 1e-5);
        folded.Layers.Should().HaveCount(layers);
        folded.ToString().Should().NotContain("batchnorm");
        AllLayers(folded).Should().NotContain(layer => layer is BatchNormLayer);
    }

    [Fact]
    public void Fold_TrainedOn_LeavesTheOtherAsItWas()
    {
        var network = Trained(NetworkDefinition.Empty.Conv2D(4).BatchNorm().Dense(3));
        var features = Some.Values(Rows * Image.Size, seed: 4);
        var folded = network.Fold();
        var expected = folded.Forward(features, Rows, Pass.Inference).ToArray();

        foreach (var parameter in network.TrainableParameters)
            parameter.Value.Fill(0.5f);

        folded.Forward(features, Rows, Pass.Inference).ToArray().Should().Equal(expected);
        network.Layers.Should().Contain(layer => layer is BatchNormLayer);
    }

    public static TheoryData<NetworkDefinition, string> Refusals => new()
    {
        {
            NetworkDefinition.Empty.Dense(7).BatchNorm().Dense(4).Relu().BatchNorm(),
            "Layer 'batchnorm2' stands behind 'relu1'.*ToPredictor*"
        },
        { NetworkDefinition.Empty.BatchNorm().Conv2D(4), "Layer 'batchnorm1' comes first.*" },
        { NetworkDefinition.Empty.Conv2D(4).MaxPool2D().BatchNorm(), "Layer 'batchnorm1' stands behind 'maxpool1'.*" },
        { NetworkDefinition.Empty.Dense(4).BatchNorm().BatchNorm(), "Layer 'batchnorm2' stands behind 'batchnorm1'.*" },
        { NetworkDefinition.Empty.Dense(4).Residual(inner => inner.BatchNorm().Dense(4)), "Layer 'residual1.batchnorm1' comes first.*" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Fold_NoLinearLayerInFront_NamesTheLayer(NetworkDefinition definition, string message)
    {
        var fold = () => new Network(definition, Image, seed: 1).Fold();

        fold.Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    private static IEnumerable<Layer> AllLayers(Network network) =>
        network.Layers.SelectMany(layer => layer is BlockLayer block ? block.Parts.SelectMany(AllLayers).Append(layer) : [layer]);

    private static Network Trained(NetworkDefinition definition)
    {
        var network = new Network(definition, Image, seed: 2);
        for (var i = 0; i < 5; i++)
            network.Forward(Some.Values(20 * Image.Size, seed: i, scale: 2, shift: 1), 20, Some.TrainingPass);
        foreach (var parameter in network.TrainableParameters.Where(parameter => !parameter.Decays))
            Some.Values(parameter.Length, seed: 6, scale: 0.3f, shift: 0.7f).CopyTo(parameter.Value);
        return network;
    }
}
