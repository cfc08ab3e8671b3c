using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Networks;

/// <summary>Predictions large enough that threads share them, by rows or by layers: neither may show in the bits.</summary>
[Collection(nameof(WorkersAlone))]
public sealed class PredictorThreadTests
{
    private const int Classes = 3;

    private static readonly NetworkDefinition Dense = NetworkDefinition.Empty.Dense(300).BatchNorm().Relu().Dense(70).Tanh();

    private static readonly NetworkDefinition Images = NetworkDefinition.Empty
        .Conv2D(16, padding: 1).BatchNorm().Relu().MaxPool2D().Conv2D(16, padding: 1).Relu().MaxPool2D().Flatten();

    private static readonly NetworkDefinition Residual = NetworkDefinition.Empty
        .Conv2D(16, padding: 1).Residual(inner => inner.Conv2D(16, padding: 1).BatchNorm().Relu()).Flatten();

    public static TheoryData<string, NetworkDefinition> Networks => new()
    {
        { "dense", Dense },
        { "images", Images },
        { "residual", Residual },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_AnyNumberOfThreads_GivesTheBitsOfRowsAlone(string name, NetworkDefinition definition)
    {
        using var restored = new MaxThreads(1);
        var predictor = Predictor(definition);
        foreach (var rows in (int[])[1, 5, 24, 133, 600])   // few for each thread, one block or several, and no multiple of them
        {
            var features = Features(predictor, rows);
            NumericsThreads.Max = 1;
            var expected = OneByOne(predictor, features, rows);
            foreach (var threads in (int[])[1, 2, 3, 4])
            {
                NumericsThreads.Max = threads;
                Together(predictor, features, rows).Should().Equal(expected, "{0}, {1} rows, {2} threads", name, rows, threads);
            }
        }
    }

    [Fact]
    public void Predict_ManyRows_LeavesTheCallerItsThreads()
    {
        using var most = new MaxThreads(3);
        var predictor = Predictor(Dense);

        Together(predictor, Features(predictor, rows: 600), rows: 600);

        BlockRunner.Threads.Should().Be(3);
    }

    [Fact]
    public void Predict_SeveralCallersAtOnce_EachGetItsOwn()
    {
        const int rows = 100, callers = 4, repeats = 20;
        using var most = new MaxThreads(3);
        var predictor = Predictor(Images);
        var features = Enumerable.Range(0, callers).Select(caller => Some.Values(rows * predictor.InputShape.Size, seed: caller)).ToArray();
        var expected = features.Select(values => Together(predictor, values, rows)).ToArray();

        Parallel.For(0, callers * repeats, new ParallelOptions { MaxDegreeOfParallelism = callers }, call =>
            Together(predictor, features[call % callers], rows).Should().Equal(expected[call % callers]));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Predict_SharedByThreads_AllocatesNothing(string name, NetworkDefinition definition)
    {
        const int rows = 133;
        using var most = new MaxThreads(2);
        var predictor = Predictor(definition);
        var (features, outputs) = (Features(predictor, rows), new float[rows * Classes]);

        Allocations.Of(() => predictor.Predict(features, outputs)).Should().Be(0, "{0}", name);
    }

    private static Predictor Predictor(NetworkDefinition definition) =>
        new Network(definition.Dense(Classes), Shape.Image(14, 14, 1), seed: 1).ToPredictor();

    private static float[] Features(Predictor predictor, int rows) => Some.Values(rows * predictor.InputShape.Size, seed: 2);

    private static float[] Together(Predictor predictor, float[] features, int rows)
    {
        var outputs = new float[rows * Classes];
        predictor.Predict(features, outputs);
        return outputs;
    }

    private static float[] OneByOne(Predictor predictor, float[] features, int rows)
    {
        var inputs = predictor.InputShape.Size;
        return [.. Enumerable.Range(0, rows).SelectMany(row => Together(predictor, features[(row * inputs)..((row + 1) * inputs)], 1))];
    }
}
