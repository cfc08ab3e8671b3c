using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

public class BatchNormNetworkTests
{
    private const int Inputs = 5;

    public static TheoryData<NetworkDefinition> Foldings =>
    [
        NetworkDefinition.Empty.Dense(7).BatchNorm(),
        NetworkDefinition.Empty.Dense(7).BatchNorm().Relu().Dense(6).BatchNorm().Tanh().Dense(3),
        NetworkDefinition.Empty.Add(new DenseDefinition(7) { UseBias = true, Initializer = Initializer.PyTorch }).BatchNorm().Sigmoid(),
        NetworkDefinition.Empty.Dense(7).Relu().BatchNorm().Dense(3),
        NetworkDefinition.Empty.Dense(7).Dropout(0.5f).BatchNorm().Dense(3),
        NetworkDefinition.Empty.BatchNorm().Dense(4).BatchNorm().BatchNorm(),
        NetworkDefinition.Empty.Dense(6).GroupNorm(2).LayerNorm().Dense(3),
    ];

    [Theory]
    [MemberData(nameof(Foldings))]
    public void ToPredictor_BatchNormAnywhere_EqualsTheUnfoldedNetwork(NetworkDefinition definition)
    {
        var network = Trained(definition);
        var features = Some.Values(40 * Inputs, seed: 4, scale: 2);
        var expected = network.Forward(features, 40, Pass.Inference).ToArray();
        var folded = new float[expected.Length];

        network.ToPredictor().Predict(features, folded);

        folded.ShouldAgree([.. expected.Select(value => (double)value)], 1e-5);   // gamma times the weight is rounded once more
    }

    [Fact]
    public void FreezeWith_DenseAndBatchNorm_IsOneLayerAndActivationsRefuse()
    {
        var network = Trained(NetworkDefinition.Empty.Dense(4).BatchNorm().Relu());
        var affine = network.Layers[1].InferenceAffine()!.Value;

        network.Layers[0].ForInferenceWith(affine, relu: false).Should().NotBeNull();
        network.Layers[1].ForInferenceWith(affine, relu: false).Should().BeNull();
        network.Layers[2].ForInferenceWith(affine, relu: false).Should().BeNull();
        network.Layers[2].InferenceAffine().Should().BeNull();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(100)]
    public void RecomputeStatistics_AnyBatchSize_GivesTheMomentsOfAllRows(int batchSize)
    {
        const int rows = 29;   // 7 batches of 4 and a single row, which joins the last
        var network = Trained(NetworkDefinition.Empty.Dropout(0.5f).BatchNorm(momentum: 0.3f).Dense(2));
        var norm = network.Layers.OfType<BatchNormLayer>().Single();
        var batches = norm.Batches;
        var features = Some.Values(rows * Inputs, seed: 8, scale: 3, shift: -2);

        network.RecomputeStatistics(Some.Values(rows * Inputs, seed: 9), batchSize);   // forgotten by the second
        network.RecomputeStatistics(features, batchSize);

        for (var c = 0; c < Inputs; c++)
        {
            var column = Enumerable.Range(0, rows).Select(row => (double)features[row * Inputs + c]).ToArray();
            var mean = column.Average();
            ((double)norm.RunningMean[c]).Should().BeApproximately(mean, 1e-6);   // float32 storage
            var variance = column.Sum(value => (value - mean) * (value - mean)) / (rows - 1);
            ((double)norm.RunningVariance[c]).Should().BeApproximately(variance, 1e-5);
        }

        norm.Batches.Should().Be(batches);
    }

    [Fact]
    public void RecomputeStatistics_GhostBatches_GivesTheMomentsOfAllRows()
    {
        var (ghost, whole) = (Of(virtualBatchSize: 4), Of(virtualBatchSize: null));

        RunningVariance(ghost).Should().Equal(RunningVariance(whole));
        ghost.BatchNormLayers[0].RunningMean.Should().Equal(whole.BatchNormLayers[0].RunningMean, (g, w) => Math.Abs(g - w) < 1e-6);

        static Network Of(int? virtualBatchSize)
        {
            var network = Trained(NetworkDefinition.Empty.Add(new BatchNormDefinition { VirtualBatchSize = virtualBatchSize }).Dense(2));
            network.RecomputeStatistics(Some.Values(29 * Inputs, seed: 8, scale: 3, shift: -2), batchSize: 16);
            return network;
        }

        // Rounded, as the two add in another order.
        static IEnumerable<double> RunningVariance(Network network) =>
            network.BatchNormLayers[0].RunningVariance.Select(variance => Math.Round(variance, 4));
    }

    [Fact]
    public void Copy_TrainedNetwork_KeepsTheNumberOfBatches()
    {
        var network = Trained(NetworkDefinition.Empty.Dense(4).Add(new BatchNormDefinition { Momentum = null }).Dense(2));

        var copy = network.Copy();

        copy.BatchNormLayers[0].Batches.Should().Be(5);
        // The average of all batches goes on where it was.
        var next = Some.Values(20 * Inputs, seed: 9);
        foreach (var one in (Network[])[network, copy])
            one.Forward(next, 20, Some.TrainingPass);
        copy.BatchNormLayers[0].RunningMean.Should().Equal(network.BatchNormLayers[0].RunningMean);
    }

    [Fact]
    public void RecomputeStatistics_SecondLayer_SeesWhatTheFirstGivesInTraining()
    {
        var network = new Network(NetworkDefinition.Empty.BatchNorm().BatchNorm(), Shape.Vector(Inputs), seed: 1);
        var second = (BatchNormLayer)network.Layers[1];

        network.RecomputeStatistics(Some.Values(64 * Inputs, seed: 8, scale: 3, shift: -2), batchSize: 32);

        // The first normalizes each batch to mean 0 and variance 1; unbiased over 64 rows that is 64 / 63, less its epsilon.
        second.RunningMean.ShouldAgree([0, 0, 0, 0, 0], 1e-6);
        second.RunningVariance.ShouldAgree([.. Enumerable.Repeat(64.0 / 63, Inputs)], 1e-5);
    }

    [Fact]
    public void RecomputeStatistics_TooFewRows_SaysSo()
    {
        var network = Trained(NetworkDefinition.Empty.BatchNorm());
        var oneRow = () => network.RecomputeStatistics(new float[Inputs], 8);
        var notWhole = () => network.RecomputeStatistics(new float[Inputs * 3 + 1], 8);
        var tinyBatch = () => network.RecomputeStatistics(new float[Inputs * 3], 1);

        oneRow.Should().Throw<ArgumentException>().WithMessage("2 or more rows of 5 features were expected, got 5 values.*");
        notWhole.Should().Throw<ArgumentException>().WithMessage("*got 16 values.*");
        tinyBatch.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("batchSize");
    }

    [Theory]
    [InlineData(BatchNormFreeze.Statistics, 4)]
    [InlineData(BatchNormFreeze.StatisticsAndAffine, 2)]
    public void WithFrozenBatchNorm_TrainedOn_KeepsStatistics(BatchNormFreeze freeze, int parameters)
    {
        var network = Trained(NetworkDefinition.Empty.Dense(4).BatchNorm().Relu().Add(new DenseDefinition(2) { UseBias = false }));
        var frozen = network.WithFrozenBatchNorm(freeze);
        var features = Some.Values(6 * Inputs, seed: 3);
        var expected = network.Forward(features, 6, Pass.Inference).ToArray();

        frozen.Forward(features, 6, Some.TrainingPass).ToArray().Should().Equal(expected);
        frozen.RecomputeStatistics(features, batchSize: 2);
        frozen.Forward(features, 6, Pass.Inference).ToArray().Should().Equal(expected);
        frozen.TrainableParameters.Should().HaveCount(parameters);
        frozen.WithFrozenBatchNorm(BatchNormFreeze.Nothing).Definition.Layers.Should().Equal(network.Definition.Layers);
    }

    private static Network Trained(NetworkDefinition definition)
    {
        var network = new Network(definition, Shape.Vector(Inputs), seed: 2);
        for (var i = 0; i < 5; i++)
            network.Forward(Some.Values(20 * Inputs, seed: i, scale: 2, shift: 1), 20, Some.TrainingPass);
        foreach (var parameter in network.TrainableParameters.Where(parameter => !parameter.Decays))
            Some.Values(parameter.Length, seed: 6, scale: 0.3f, shift: 0.7f).CopyTo(parameter.Value);
        return network;
    }
}
