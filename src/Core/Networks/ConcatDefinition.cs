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

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        var inner = Plan(input, default)[^1].Site.Output;
        return inner.Height == input.Height && inner.Width == input.Width
            ? Shape.Image(input.Height, input.Width, checked(inner.Channels + input.Channels))
            : throw new ArgumentException(
                $"A concat block cannot put an input of shape {input} behind what its inner layers give, {inner}: height and width must be "
                + "the same.");
    }

    internal override long StateSize(Shape input) => StateSizeOf(Plan(input, default));

    internal override LayerDefinition Settle(LayerDefinition? next, Initializer initializer) =>
        new ConcatDefinition(Settled(Inner, initializer));

    internal override LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) => new ConcatDefinition(Frozen(Inner, freeze));

    internal override Layer Build(LayerSite site) =>
        new ConcatLayer(site, new Network(Plan(site.Input, site.Random, $"{site.Name}."), site.Input));

    // Settled layers have initializers of their own.
    private List<LayerPlan> Plan(Shape input, CounterRandom random, string prefix = "") =>
        LayerPlan.Of(Inner, input, Initializer.He, random, prefix);
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
        // A stream of their own for the inner layers, whose indices count from 0 again.
        var innerPass = pass.Phase == Phase.Training ? Pass.Training(pass.Random.Derive((ulong)index), pass.RowWeights) : pass;
        Join(inner.Forward(x, rows, innerPass), x, y);
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
