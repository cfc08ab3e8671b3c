using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Arbitrary but repeatable data.</summary>
internal static class Some
{
    public static Pass TrainingPass => Pass.Training(new CounterRandom(17));

    public static float[] Values(int count, int seed, float scale = 1, float shift = 0)
    {
        var random = new CounterRandom((ulong)seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = shift + scale * random.NextGaussian();
        return values;
    }

    public static double[] Doubles(int count, int seed, double scale = 1, double shift = 0) =>
        [.. Values(count, seed).Select(value => shift + scale * value)];

    public static LayerSite Site(Shape input, LayerDefinition definition, int seed = 3) =>
        new(0, $"{definition.Kind}1", input, definition.OutputShape(input), new CounterRandom((ulong)seed));

    public static Layer Layer(LayerDefinition definition, int inputs) => definition.Build(Site(Shape.Vector(inputs), definition));

    /// <summary>Rows of features around one center per class.</summary>
    public static Dataset Clusters(int rows, int inputs, int classes, int seed, bool weighted = false)
    {
        var random = new CounterRandom((ulong)seed);
        var centers = Values(classes * inputs, seed: 1, scale: 3);
        var builder = new DatasetBuilder(inputs, weighted);
        var row = new float[inputs];
        for (var i = 0; i < rows; i++)
        {
            var target = random.NextBelow(classes);
            for (var c = 0; c < inputs; c++)
                row[c] = centers[target * inputs + c] + random.NextGaussian();
            builder.Add(row, target, 1 + random.NextSingle());
        }

        return builder.ToDataset();
    }

    public static Network SmallNetwork(int inputs = 5, int classes = 3, int seed = 1)
    {
        var hidden = NetworkDefinition.Empty.Dense(9).BatchNorm().Relu().Dropout(0.1f).Dense(7).BatchNorm().Tanh();
        return new Network(hidden.Dense(classes), Shape.Vector(inputs), seed);
    }

    /// <summary>A measured encoding, in which every second feature has bins.</summary>
    public static FeatureEncodingDefinition Encoding(int features) => new()
    {
        Bins = 3,
        Scales = new FeatureScales(
            Values(features, seed: 31), Values(features, seed: 32),
            [.. Enumerable.Range(0, features).Select(feature => feature % 2 == 0 ? new[] { -1f, -0.2f, 0.3f, 2 } : [])],
            Values((features + 1) / 2 * 3, seed: 33)),
    };
}
