using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Rows drawn from a stated formula, so that the best possible prediction is known.</summary>
internal static class Formula
{
    public static readonly NeuralNetworkOptions Quick = Toy.Quick with
    {
        Network = net => net.Dense(16).BatchNorm().Relu(),
        Epochs = 30,
        BatchSize = 64,
    };

    /// <summary>x and y even in [-1, 1); the label is true with probability <see cref="ProbabilityOf"/>.</summary>
    public static YesNo[] YesNos(int rows = 2000, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Draw())];

        YesNo Draw()
        {
            float[] features = [2 * random.NextSingle() - 1, 2 * random.NextSingle() - 1];
            return new YesNo { Features = features, Label = random.NextDouble() < ProbabilityOf(features) };
        }
    }

    /// <summary>1 / (1 + exp(-(4 x - 3 y + 1))).</summary>
    public static double ProbabilityOf(float[] features) => 1 / (1 + Math.Exp(-(4 * features[0] - 3 * features[1] + 1)));

    public static IDataView View<TRow>(params TRow[] rows) where TRow : class => Toy.ML.Data.LoadFromEnumerable(rows);
}

internal sealed class YesNo
{
    public bool Label { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;
}
