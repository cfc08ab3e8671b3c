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

    /// <summary>
    /// x and y even in [-1, 1); the label is <see cref="NumberOf"/> with an even error of up to 200, so of deviation 115.
    /// </summary>
    public static Number[] Numbers(int rows = 2000, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Draw())];

        Number Draw()
        {
            float[] features = [2 * random.NextSingle() - 1, 2 * random.NextSingle() - 1];
            return new Number { Features = features, Label = (float)(NumberOf(features) + 400 * random.NextDouble() - 200) };
        }
    }

    /// <summary>50,000 + 1,000 * (sin(3 x) + x y): far from 0 and many units wide.</summary>
    public static double NumberOf(float[] features) => 50_000 + 1_000 * (Math.Sin(3 * features[0]) + features[0] * features[1]);

    public static IDataView View<TRow>(params TRow[] rows) where TRow : class => Toy.ML.Data.LoadFromEnumerable(rows);
}

internal sealed class YesNo
{
    public bool Label { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;
}

internal sealed class Number
{
    public float Label { get; set; }

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Weight { get; set; } = 1;
}
