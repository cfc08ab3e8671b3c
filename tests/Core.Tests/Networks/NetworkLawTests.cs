using CsCheck;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;
using static MLNet.BatchNorm.NetworkDefinition;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>What holds of every network, checked on networks and data that differ from run to run; a failure names its seed.</summary>
public class NetworkLawTests
{
    private const int Samples = 200;

    private static readonly Gen<(int Seed, int Rows)> Networks = Gen.Select(Gen.Int[0, int.MaxValue - 10], Gen.Int[1, 9]);

    [Fact]
    public void ToPredictor_AnyNetwork_PredictsWhatAPassDoes() => Networks.Sample(
        (seed, rows) =>
        {
            var network = new RandomNetwork(seed).Make();
            var features = Some.Values(rows * network.InputShape.Size, seed);
            var predicted = new float[rows * network.OutputShape.Size];

            network.ToPredictor().Predict(features, predicted);

            ShouldAgree(predicted, network.Forward(features, rows, Pass.Inference), "it folds, and sums in another order");
        },
        iter: Samples);

    [Fact]
    public void Fold_BatchNormBehindLinearLayers_PredictsTheSame() => Gen.Select(Gen.Int[1, 12], Gen.Int[1, 6], Gen.Int[0, 1000]).Sample(
        (inputs, layers, seed) =>
        {
            var random = new Random(seed);
            var definition = Enumerable.Range(0, layers).Aggregate(Empty, (net, _) => random.Next(3) switch
            {
                0 => net.Dense(random.Next(1, 9)).BatchNorm(),
                1 => net.Dense(random.Next(1, 9)).Add(new BatchNormDefinition { Center = false, Epsilon = 1e-3f }).Tanh(),
                _ => net.Residual(inner => inner.Dense(random.Next(1, 9)).BatchNorm().Relu().Dense(random.Next(1, 9))),
            });
            var network = new RandomNetwork(seed).WithRandomNumbers(new Network(definition, Shape.Vector(inputs), seed));
            var features = Some.Values(5 * inputs, seed);

            var folded = network.Fold();

            folded.BatchNormLayers.Should().BeEmpty();
            var expected = network.Forward(features, 5, Pass.Inference);
            ShouldAgree(folded.Forward(features, 5, Pass.Inference), expected, "gamma is in the weights");
        },
        iter: Samples);

    [Fact]
    public void Load_SavedNetwork_IsTheSameToTheLastBit() => Networks.Sample(
        (seed, rows) =>
        {
            var network = new RandomNetwork(seed).Make();
            var features = Some.Values(rows * network.InputShape.Size, seed);
            var bytes = Saved.Bytes(network);

            var loaded = Network.Load(new MemoryStream(bytes));

            Saved.Bytes(loaded).Should().Equal(bytes);
            loaded.ToString().Should().Be(network.ToString());
            Predictions(loaded, features).Should().Equal(Predictions(network, features));
        },
        iter: Samples);

    [Fact]
    public void LoadSafetensors_SavedNetwork_IsTheSameToTheLastBit()
    {
        var (saved, refused) = (0, 0);
        Networks.Sample(
            (seed, rows) =>
            {
                var network = new RandomNetwork(seed).Make();
                var features = Some.Values(rows * network.InputShape.Size, seed);
                using var stream = new MemoryStream();
                try
                {
                    network.SaveSafetensors(stream);
                }
                catch (NotSupportedException reason)
                {
                    reason.Message.Should().Contain("cannot be exchanged with PyTorch");
                    Interlocked.Increment(ref refused);
                    return;
                }

                Interlocked.Increment(ref saved);
                stream.Position = 0;
                var loaded = new Network(network.Definition, network.InputShape, seed: 1);
                loaded.LoadSafetensors(stream);

                Predictions(loaded, features).Should().Equal(Predictions(network, features));
            },
            iter: Samples);
        saved.Should().BeGreaterThan(refused);
    }

    [Fact]
    public void Predict_SparseRows_IsThatOfDenseOnesToTheLastBit() => Networks.Sample(
        (seed, rows) =>
        {
            var (network, dense, sparse) = SparseCase(seed, rows);
            var outputs = new float[rows * network.OutputShape.Size];

            network.Predict(sparse.All, outputs);

            outputs.Should().Equal(Predictions(network, dense));
        },
        iter: Samples);

    [Fact]
    public void Backward_SparseRows_GivesTheGradientsOfDenseOnesToTheLastBit() => Networks.Sample(
        (seed, rows) =>
        {
            rows++;   // batch norm trains on two or more
            var (network, dense, sparse) = SparseCase(seed, rows);
            var twin = network.Copy();
            var upstream = Some.Values(rows * network.OutputShape.Size, seed + 1);

            network.Forward(dense, rows, Some.TrainingPass);
            network.Backward(dense, upstream);
            twin.Forward(sparse.All, Some.TrainingPass);
            twin.Backward(sparse.All, upstream);

            foreach (var (expected, found) in network.TrainableParameters.Zip(twin.TrainableParameters))
                WholeGradient(found).Should().Equal(expected.Gradient.ToArray(), expected.Name);
        },
        iter: Samples);

    private static (Network Network, float[] Dense, SparseBuffer Sparse) SparseCase(int seed, int rows)
    {
        var random = new Random(seed);
        var inputs = random.Next(1, 60);
        var definition = Empty.Dense(random.Next(1, 20)).BatchNorm().Relu().Dense(random.Next(1, 5));
        var network = new RandomNetwork(seed).WithRandomNumbers(new Network(definition, Shape.Vector(inputs), seed));
        var dense = SparseSome.Dense(rows, inputs, seed);
        return (network, dense, SparseSome.Sparse(dense, inputs));
    }

    private static float[] WholeGradient(Parameter parameter)
    {
        if (!parameter.IsSparse)
            return parameter.Gradient.ToArray();
        var whole = new float[parameter.Length];
        for (var i = 0; i < parameter.TouchedRows.Length; i++)
            parameter.Gradient.Slice(i * parameter.RowLength, parameter.RowLength)
                .CopyTo(whole.AsSpan(parameter.TouchedRows[i] * parameter.RowLength));
        return whole;
    }

    private static float[] Predictions(Network network, float[] features)
    {
        var outputs = new float[features.Length / network.InputShape.Size * network.OutputShape.Size];
        network.Predict(features, outputs);
        return outputs;
    }

    /// <summary>Within 1e-4 of the largest: a normalization of values that hardly differ enlarges what rounding there is.</summary>
    private static void ShouldAgree(ReadOnlySpan<float> found, ReadOnlySpan<float> expected, string because)
    {
        var allowed = 1e-4f * Math.Max(1, expected.ToArray().Max(Math.Abs));
        found.ToArray().Should().Equal(expected.ToArray(), (f, e) => Math.Abs(f - e) <= allowed, because);
    }
}
