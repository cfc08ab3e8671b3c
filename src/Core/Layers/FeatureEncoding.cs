using System.Numerics;
using System.Runtime.CompilerServices;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm;

/// <summary>
/// A first layer that brings raw features to a common scale, with numbers that stay as they are in training: measured on the training rows
/// before it starts, or given (<see cref="Of"/>). A measured feature becomes z = (x - mean) / deviation; one of two values becomes 0 and
/// 1, so that a rare one is not blown up; one that does not vary becomes 0. With <see cref="Bins"/> z becomes 3 asinh(z / 3), which grows
/// like a logarithm, so that a few huge values do not drown the others, and a feature of more than two values also gets a piecewise-linear
/// encoding (Gorishniy, Rubachev and Babenko, 2022, arXiv:2203.05556): the bin from edge b(t) to b(t + 1) gives (x - b(t)) / (b(t + 1) -
/// b(t)), held between 0 and 1, less its mean, so that a dense layer behind it can follow a feature up and down.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", epochs: 5, network: net => net
///     .Add(new FeatureEncodingDefinition { Bins = 16 })
///     .Dense(32).Relu());
/// var model = trainer.Fit(data).Model;
/// Console.WriteLine($"{model.InputShape} features, encoded as {model.Layers[0].OutputShape}");
/// </code>
/// </example>
public sealed record FeatureEncodingDefinition : LayerDefinition
{
    /// <summary>
    /// Most bins of a feature, 0 to 255; default 0: no piecewise-linear encoding. A feature of fewer values has one bin between each two;
    /// there are at most as many bins as make 30 rows each, and none if that makes fewer than two.
    /// </summary>
    /// <exception cref="ArgumentException">The numbers of the encoding are given (<see cref="Of"/>), and bins are measured.</exception>
    public int Bins
    {
        get;
        init => field = Scales is null || value == Bins
            ? (int)Require.Within(0, 255, value)
            : throw new ArgumentException("The encoding has its numbers, and bins are measured. Use a new one.", nameof(Bins));
    }

    /// <summary>
    /// An encoding of numbers that are known beforehand: z = (x - mean) / deviation, nothing else. Nothing is measured: pretrained weights
    /// go with the numbers that they were trained with.
    /// </summary>
    /// <param name="mean">What is subtracted from each feature of a vector, or from each channel of an image; finite.</param>
    /// <param name="deviation">What it is then divided by; as many numbers, positive and finite.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">The numbers are not as said.</exception>
    public static FeatureEncodingDefinition Of(IReadOnlyList<float> mean, IReadOnlyList<float> deviation)
    {
        Require.NotNull(mean, nameof(mean));
        Require.NotNull(deviation, nameof(deviation));
        if (mean.Count == 0 || mean.Count != deviation.Count)
            throw new ArgumentException(
                $"A mean and a deviation are needed for each channel, got {mean.Count} means and {deviation.Count} deviations.",
                nameof(deviation));
        return new FeatureEncodingDefinition
        {
            Scales = new FeatureScales(
                [.. mean.Select(value => Require.Finite(value, nameof(mean)))],
                [.. deviation.Select(value => Require.Positive(1 / Require.Positive(value, nameof(deviation)), nameof(deviation)))],
                [.. mean.Select(_ => Array.Empty<float>())],
                BinMeans: []),
        };
    }

    /// <summary>
    /// What the weights of torchvision and of most networks that were trained on ImageNet expect of red, green and blue between 0 and 1:
    /// less (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).
    /// </summary>
    /// <param name="white">The largest value of a channel; positive; default 255, as <c>ExtractPixels</c> delivers them.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException"><paramref name="white"/> is not positive.</exception>
    public static FeatureEncodingDefinition ImageNet(float white = 255)
    {
        Require.Positive(white, nameof(white));
        return Of([0.485f * white, 0.456f * white, 0.406f * white], [0.229f * white, 0.224f * white, 0.225f * white]);
    }

    internal override string Kind => "encoding";

    /// <summary>What was measured; null as long as there are no rows.</summary>
    internal FeatureScales? Scales { get; init; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (Bins > 0 && input.Pixels > 1)
            throw new ArgumentException("A piecewise-linear encoding takes a vector of features, not an image. Leave Bins 0 for images.");
        if (Scales is not null && Scales.Mean.Length != input.Channels)
            throw new ArgumentException($"It has the numbers of {Scales.Mean.Length} features and gets {input.Channels}.");
        return Bins == 0 ? input : Shape.Vector(Scales?.Outputs ?? checked(input.Size * (1 + Bins)));
    }

    internal override long StateSize(Shape input) => 0;

    internal override Layer Build(LayerSite site) => Scales is not null
        ? new FeatureEncodingLayer(site, Scales, isCompressed: Bins > 0)
        : throw new ArgumentException(
            "It is measured on the training rows, so only a trainer can build it. Give it numbers by FeatureEncodingDefinition.Of.");
}

/// <summary>What <see cref="FeatureEncodingDefinition"/> measured of each feature, or of each channel of images.</summary>
/// <param name="Mean">What is subtracted.</param>
/// <param name="Factor">What is multiplied with then; 0 for a feature that does not vary.</param>
/// <param name="Edges">The edges of each feature's bins, rising; empty where it has none.</param>
/// <param name="BinMeans">What is subtracted from each bin, feature after feature.</param>
internal sealed record FeatureScales(float[] Mean, float[] Factor, float[][] Edges, float[] BinMeans)
{
    public int Outputs => Mean.Length + BinMeans.Length;
}

internal sealed class FeatureEncodingLayer(LayerSite site, FeatureScales scales, bool isCompressed) : Layer(site)
{
    // Deviations up to which z counts about as it is.
    public const float LinearTo = 3;

    public override long Operations => 4L * OutputShape.Size;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => Encode(x, y);

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        if (dx.IsEmpty)
            return;
        var (inputs, outputs) = (scales.Mean.Length, scales.Outputs);
        for (int from = 0, to = 0; from < x.Length; from += inputs, to += outputs)
        {
            for (int feature = 0, bin = to + inputs; feature < inputs; feature++)
            {
                var value = x[from + feature];
                var z = (value - scales.Mean[feature]) * scales.Factor[feature];
                var slope = isCompressed ? 1 / MathF.Sqrt(1 + z / LinearTo * (z / LinearTo)) : 1;
                var gradient = dy[to + feature] * slope * scales.Factor[feature];
                var edges = scales.Edges[feature];
                for (var t = 0; t + 1 < edges.Length; t++, bin++)
                    if (value > edges[t] && value < edges[t + 1])
                        gradient += dy[bin] / (edges[t + 1] - edges[t]);
                dx[from + feature] = gradient;
            }
        }
    }

    public override InferenceStep ForInference() => (x, y, _) => Encode(x, y);

    private void Encode(ReadOnlySpan<float> x, Span<float> y)
    {
        var (inputs, outputs) = (scales.Mean.Length, scales.Outputs);
        for (int from = 0, to = 0; from < x.Length; from += inputs, to += outputs)
        {
            var row = x.Slice(from, inputs);
            var z = y.Slice(to, inputs);
            Standardize(row, z);
            if (!isCompressed)
                continue;
            foreach (ref var value in z)
                value = LinearTo * MathF.Asinh(value / LinearTo);
            EncodeBins(row, y.Slice(to + inputs, outputs - inputs));
        }
    }

    // Compiled for speed at once, in a fraction of the time that the generic code of TensorPrimitives takes: it is part of the first
    // prediction of a process.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Standardize(ReadOnlySpan<float> row, Span<float> z)
    {
        ReadOnlySpan<float> mean = scales.Mean, factor = scales.Factor;
        var i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var deviation = new Vector<float>(row[i..]) - new Vector<float>(mean[i..]);
            (deviation * new Vector<float>(factor[i..])).CopyTo(z[i..]);
        }

        for (; i < row.Length; i++)
            z[i] = (row[i] - mean[i]) * factor[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeBins(ReadOnlySpan<float> row, Span<float> bins)
    {
        ReadOnlySpan<float> means = scales.BinMeans;
        for (var feature = 0; feature < row.Length; feature++)
        {
            var edges = scales.Edges[feature];
            var count = Math.Max(0, edges.Length - 1);
            EncodeBins(row[feature], edges, means[..count], bins[..count]);
            means = means[count..];
            bins = bins[count..];
        }
    }

    // What is left over after whole vectors is computed as the last whole one, some bins of which then are computed twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EncodeBins(float value, ReadOnlySpan<float> edges, ReadOnlySpan<float> means, Span<float> bins)
    {
        var lastVector = bins.Length - Vector<float>.Count;
        if (lastVector < 0)
        {
            for (var t = 0; t < bins.Length; t++)
                bins[t] = Math.Clamp((value - edges[t]) / (edges[t + 1] - edges[t]), 0, 1) - means[t];
            return;
        }

        for (var next = 0; next < bins.Length; next += Vector<float>.Count)
        {
            var t = Math.Min(next, lastVector);
            Vector<float> lower = new(edges[t..]), upper = new(edges[(t + 1)..]);
            var share = Vector.Clamp((new Vector<float>(value) - lower) / (upper - lower), Vector<float>.Zero, Vector<float>.One);
            (share - new Vector<float>(means[t..])).CopyTo(bins[t..]);
        }
    }
}
