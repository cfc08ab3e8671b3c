using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>Cursors predict blocks, prediction engines single rows; both must say the same.</summary>
public class PredictorRowTests
{
    public static TheoryData<string, Func<NetworkDefinition, NetworkDefinition>> Networks => new()
    {
        { "dense", net => net },
        { "batch norm", net => net.BatchNorm().Relu() },
        { "sigmoid", net => net.Sigmoid() },
        { "tanh", net => net.Tanh() },
        { "leaky ReLU", net => net.LeakyRelu() },
        { "ELU", net => net.Elu() },
        { "GELU", net => net.Gelu() },
        { "SiLU", net => net.Silu() },
        { "layer norm", net => net.LayerNorm() },
        { "residual", net => net.Residual(inner => inner.Dense(3).BatchNorm().Relu()) },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_RowAlone_HasTheBitsItHasAmongOthers(string name, Func<NetworkDefinition, NetworkDefinition> build)
    {
        const int rows = 50, inputs = 7, outputs = 3;
        var definition = build(NetworkDefinition.Empty.Dense(outputs)).Dense(outputs);
        var predictor = new Network(definition, Shape.Vector(inputs), seed: 1).ToPredictor();
        var features = Some.Values(rows * inputs, seed: 7);
        var together = Probabilities(predictor, features, rows);

        for (var row = 0; row < rows; row++)
            Probabilities(predictor, features.AsSpan(row * inputs, inputs), 1)
                .Should().Equal(together[(row * outputs)..((row + 1) * outputs)], "{0}, row {1}", name, row);
    }

    private static float[] Probabilities(Predictor predictor, ReadOnlySpan<float> features, int rows)
    {
        var outputs = new float[rows * predictor.OutputShape.Size];
        predictor.Predict(features, outputs);
        new SoftmaxCrossEntropy().Activate(outputs, predictor.OutputShape.Size);
        return outputs;
    }
}
