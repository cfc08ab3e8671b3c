using System.Buffers;
using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A residual block that trains.</summary>
internal sealed class ResidualLayer(LayerSite site, Network inner, Network? projection)
    : BlockLayer(site, projection is null ? [inner] : [inner, projection])
{
    private readonly int index = site.Index;
    private AlignedBuffer projectedGradient = new(0);

    public Network Inner => inner;

    /// <summary>What the input passes through; null: nothing.</summary>
    public Network? Projection => projection;

    public override long KeptValues => base.KeptValues + (Projection is null ? 0 : InputShape.Size);

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
    {
        var innerPass = pass.Derive((ulong)index);
        ReadOnlySpan<float> output = Inner.Forward(x, rows, innerPass);
        if (Projection is null)
        {
            TensorPrimitives.Add(output, x, y);
            return;
        }

        var around = innerPass.Derive((ulong)Inner.Layers.Count);   // the stream after those of the inner layers
        TensorPrimitives.Add(output, Projection.Forward(x, rows, around), y);
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
    {
        Inner.Backward(x, dy, dx);
        if (Projection is null)
        {
            if (!dx.IsEmpty)
                TensorPrimitives.Add(dx, dy, dx);
            return;
        }

        if (projectedGradient.Length < dx.Length)
            projectedGradient = new AlignedBuffer(dx.Length);
        var projected = projectedGradient.Span[..dx.Length];
        Projection.Backward(x, dy, projected);
        TensorPrimitives.Add(dx, projected, dx);
    }

    public override InferenceStep ForInference() => Freeze(relu: false);

    public override InferenceStep? ForInferenceWith(ChannelAffine? affine, bool relu) => affine is null ? Freeze(relu) : null;

    private InferenceStep Freeze(bool relu)
    {
        var inner = Inner.ToPredictor();
        var projection = Projection?.ToPredictor();
        return (x, y, rows) =>
        {
            inner.Predict(x, y);
            if (projection is null)
            {
                ResidualKernels.Add(x, y, relu);
                return;
            }

            var rented = ArrayPool<float>.Shared.Rent(y.Length);
            var projected = rented.AsSpan(0, y.Length);
            projection.Predict(x, projected);
            ResidualKernels.Add(projected, y, relu);
            ArrayPool<float>.Shared.Return(rented);
        };
    }
}
