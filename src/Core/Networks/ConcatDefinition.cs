using System.Buffers;
using System.Numerics.Tensors;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// y = [inner(x), x]: what comes out of the inner layers, and behind it what went in, so that the next layer sees both; of images, channel
/// behind channel (Huang et al., 2017, arXiv:1608.06993, equation 2). A dense layer behind it is a linear model of x beside a deep one
/// (Cheng et al., 2016, arXiv:1606.07792).
/// </summary>
/// <example>
/// <code>
/// // The last layer, which the trainer adds, sees the features themselves beside what the layers make of them.
/// var wideAndDeep = new ConcatDefinition(NetworkDefinition.Empty.Dense(32).Relu());
/// Console.WriteLine(wideAndDeep.OutputShape(Shape.Vector(4)));   // 36
/// var trainer = ml.Regression.Trainers.NeuralNetwork("Price", network: net => net.Add(wideAndDeep), epochs: 5);
/// </code>
/// </example>
public sealed record ConcatDefinition : BlockDefinition
{
    /// <summary>Wraps layers.</summary>
    /// <param name="inner">The inner layers; at least one. They must keep the height and width of images.</param>
    /// <exception cref="ArgumentException">There are no inner layers, or blocks are nested more than 16 deep.</exception>
    public ConcatDefinition(NetworkDefinition inner) : base(inner)
    {
    }

    internal override string Kind => "concat";

    internal override BlockPlan Plan(Shape input, CounterRandom? random, string name)
    {
        var inner = LayerPlan.OfSettled(Inner, input, random, $"{name}.");
        var given = inner[^1].Site.Output;
        if (given.Height != input.Height || given.Width != input.Width)
            throw new ArgumentException(
                $"A concat block cannot put an input of shape {input} behind what its inner layers give, {given}: height and width must be "
                + "the same. Use padding inside, 1 for windows of 3x3.");
        var channels = (long)given.Channels + input.Channels;
        return channels <= Array.MaxLength
            ? new BlockPlan(Shape.Image(input.Height, input.Width, (int)channels), [inner])
            : throw new ArgumentException($"A concat block would give {channels} channels, more than an array can hold.");
    }

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        new ConcatDefinition(Inner.Settle(initializer));

    internal override LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) =>
        new ConcatDefinition(Inner.WithFrozenBatchNorm(freeze));

    internal override LayerDefinition AsInInference() => new ConcatDefinition(Inner.AsInInference());

    internal override Layer Build(LayerSite site, IReadOnlyList<IReadOnlyList<LayerPlan>> parts) =>
        new ConcatLayer(site, new Network(parts[0], site.Input));
}

internal sealed class ConcatLayer(LayerSite site, Network inner) : BlockLayer(site, [inner])
{
    private readonly int index = site.Index;
    private readonly int innerWidth = inner.OutputShape.Channels;
    private readonly int inputWidth = site.Input.Channels;
    private AlignedBuffer innerGradient = new(0);

    public override long KeptValues => base.KeptValues + inner.OutputShape.Size;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        Join(inner.Forward(x, rows, pass.Derive((ulong)index)), x, y);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        var length = rows * inner.OutputShape.Size;
        if (innerGradient.Length < length)
            innerGradient = new AlignedBuffer(length);
        var dInner = innerGradient.Span[..length];
        for (int from = 0, to = 0; to < length; from += innerWidth + inputWidth, to += innerWidth)
            dy.Slice(from, innerWidth).CopyTo(dInner[to..]);
        inner.Backward(x, dInner, dx);
        for (int from = innerWidth, to = 0; to < dx.Length; from += innerWidth + inputWidth, to += inputWidth)
            TensorPrimitives.Add(dx.Slice(to, inputWidth), dy.Slice(from, inputWidth), dx[to..]);
    }

    public override InferenceStep ForInference()
    {
        var predictor = inner.ToPredictor();
        return (x, y, rows) =>
        {
            var rented = ArrayPool<float>.Shared.Rent(rows * predictor.OutputShape.Size);
            var output = rented.AsSpan(0, rows * predictor.OutputShape.Size);
            predictor.Predict(x, output);
            Join(output, x, y);
            ArrayPool<float>.Shared.Return(rented);
        };
    }

    private void Join(ReadOnlySpan<float> output, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int first = 0, second = 0, to = 0; to < y.Length; first += innerWidth, second += inputWidth, to += innerWidth + inputWidth)
        {
            output.Slice(first, innerWidth).CopyTo(y[to..]);
            x.Slice(second, inputWidth).CopyTo(y[(to + innerWidth)..]);
        }
    }
}
