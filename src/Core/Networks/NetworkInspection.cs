using System.Diagnostics;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>What users may see of the layers of a network.</summary>
internal static class NetworkInspection
{
    private const int Repeats = 10;

    public static IReadOnlyList<LayerInfo> DescribeLayers(this Network network) => network.DescribeLayers(network.Passes.FrozenSteps);

    /// <summary>With so many of the first running layers frozen.</summary>
    public static IReadOnlyList<LayerInfo> DescribeLayers(this Network network, int frozenSteps)
    {
        var infos = new List<LayerInfo>();
        var steps = 0;
        foreach (var layer in network.Layers)
        {
            var runs = network.RunningLayers.Contains(layer);
            if (runs)
                steps++;
            infos.Add(Describe(layer, steps <= frozenSteps, runs ? network.Passes.KeptValues(layer, frozenSteps) : 0));
        }

        return infos;
    }

    /// <summary>Those inside residual blocks too, in the order in which data passes them.</summary>
    public static IReadOnlyList<BatchNormInfo> DescribeBatchNorm(this Network network) =>
        [.. network.BatchNorms().Select(layer => layer.Describe())];

    public static IEnumerable<BatchNormLayer> BatchNorms(this Network network) =>
        network.Layers.SelectMany(WithInner).OfType<BatchNormLayer>();

    /// <summary>
    /// Times each layer in training steps over some rows: the fastest of several, after one that does not count. The network stays as it
    /// is.
    /// </summary>
    public static IReadOnlyList<LayerTime> MeasureLayers(this Network network, ReadOnlySpan<float> features)
    {
        var rows = features.Length / network.InputShape.Size;
        if (rows < 2 || features.Length != rows * network.InputShape.Size)
            throw new ArgumentException(
                $"2 or more rows of {network.InputShape.Size} features were expected, got {features.Length} values.", nameof(features));
        var copy = network.CopyAs(network.Definition);
        var layers = copy.Passes.TrainingSteps.ToArray();
        AlignedBuffer[] values = [new(features.Length), .. layers.Select(layer => new AlignedBuffer(rows * layer.OutputShape.Size))];
        AlignedBuffer[] gradients = [.. values.Select(value => new AlignedBuffer(value.Length))];
        features.CopyTo(values[0].Span);
        gradients[^1].Span.Fill(1);
        var forward = new TimeSpan[layers.Length];
        var backward = new TimeSpan[layers.Length];
        for (var repeat = 0; repeat <= Repeats; repeat++)
        {
            for (var i = 0; i < layers.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                layers[i].Forward(values[i].Span, values[i + 1].Span, rows, Pass.Training(new CounterRandom(0)));
                Keep(forward, i, repeat, Stopwatch.GetElapsedTime(start));
            }

            for (var i = layers.Length - 1; i >= 0; i--)
            {
                var start = Stopwatch.GetTimestamp();
                layers[i].Backward(values[i].Span, values[i + 1].Span, gradients[i + 1].Span, i == 0 ? [] : gradients[i].Span, rows);
                Keep(backward, i, repeat, Stopwatch.GetElapsedTime(start));
            }
        }

        var times = layers.Select((layer, i) => new LayerTime(layer.Name, forward[i], backward[i])).ToDictionary(time => time.Name);
        return [.. copy.Layers.Select(layer => times.GetValueOrDefault(layer.Name, new LayerTime(layer.Name, default, default)))];
    }

    // The first repeat only warms up.
    private static void Keep(TimeSpan[] fastest, int layer, int repeat, TimeSpan time)
    {
        if (repeat <= 1 || time < fastest[layer])
            fastest[layer] = time;
    }

    private static LayerInfo Describe(Layer layer, bool isFrozen, long keptValues)
    {
        var learned = LengthOf(layer.Parameters);
        var gradients = isFrozen ? 0 : learned;
        var inner = layer is BlockLayer block
            ? block.Parts.SelectMany(part => part.DescribeLayers(isFrozen ? part.RunningLayers.Count : 0))
            : [];
        return new LayerInfo(
            layer.Name, layer.InputShape, layer.OutputShape, learned, sizeof(float) * (LengthOf(layer.SavedParameters) + gradients),
            sizeof(float) * keptValues, [.. inner]);
    }

    private static long LengthOf(IEnumerable<Parameter> parameters) => parameters.Sum(parameter => (long)parameter.Length);

    private static IEnumerable<Layer> WithInner(Layer layer) => layer.InnerLayers.SelectMany(WithInner).Prepend(layer);
}
