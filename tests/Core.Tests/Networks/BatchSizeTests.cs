using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>A network keeps its buffers from batch to batch; the size of earlier ones must not show.</summary>
public class BatchSizeTests
{
    private static readonly Shape Input = Shape.Image(6, 4, 2);

    public static TheoryData<NetworkDefinition> Definitions =>
    [
        NetworkDefinition.Empty.Dense(9).Relu().Dense(3),
        NetworkDefinition.Empty.Dense(9).Dense(9).Relu().Residual(inner => inner.Dense(5).Relu().Dense(9)).Dense(3),
        NetworkDefinition.Empty.Dense(9).BatchNorm().Relu().Residual(inner => inner.Dense(5).BatchNorm().Relu()).Dropout(0.5f).PRelu(),
        NetworkDefinition.Empty.Conv2D(4, padding: 1).BatchNorm().Relu().Residual(inner => inner.Conv2D(6, padding: 1).BatchNorm())
            .MaxPool2D().GroupNorm(2).Dense(3),
        NetworkDefinition.Empty.Conv2D(4, padding: 1).Relu().AveragePool2D().Concat(inner => inner.Conv2D(3, padding: 1).LayerNorm())
            .RmsNorm().GlobalMaxPool(),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { VirtualBatchSize = 4 }).Tanh().Dense(3),
        NetworkDefinition.Empty.Dense(9).Add(new BatchNormDefinition { WeightedStatistics = true }).Silu().Dense(3),
    ];

    [Theory]
    [MemberData(nameof(Definitions))]
    public void ForwardAndBackward_AfterSmallerAndLargerBatches_EqualThoseOfAFreshNetwork(NetworkDefinition definition)
    {
        var network = new Network(definition, Input, seed: 1);
        foreach (var rows in (int[])[4, 23, 7, 40, 23])
            Step(network, rows).Should().Equal(Step(new Network(definition, Input, seed: 1), rows), "{0} rows", rows);
    }

    /// <summary>Outputs and all gradients of one pass; the numbers of the network stay, but for running statistics.</summary>
    private static float[] Step(Network network, int rows)
    {
        var x = Some.Values(rows * Input.Size, seed: rows, scale: 2);
        var weights = Some.Values(rows, seed: 5).Select(Math.Abs).ToArray();
        var dx = new float[x.Length];
        var outputs = network.Forward(x, rows, Pass.Training(new CounterRandom(17), weights)).ToArray();
        network.Backward(x, Some.Values(outputs.Length, seed: 3), dx);
        return [.. outputs, .. dx, .. network.TrainableParameters.SelectMany(parameter => parameter.Gradient.ToArray())];
    }
}
