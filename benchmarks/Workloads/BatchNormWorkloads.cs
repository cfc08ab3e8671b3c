using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>
/// W1 and W2: batch normalization alone, forward and backward in training, running statistics updated, and forward in inference.
/// </summary>
internal static class BatchNormWorkloads
{
    public static IEnumerable<Measurement> Vectors(Timing timing) =>
        new[] { (Rows: 256, Channels: 512), (Rows: 4096, Channels: 256) }
            .SelectMany(size => Measure(timing, $"bn1d_fwd_bwd[{size.Rows}x{size.Channels}]", size.Rows, Shape.Vector(size.Channels)));

    public static IEnumerable<Measurement> Images(Timing timing) => Measure(timing, "bn2d_fwd_bwd[nhwc]", 64, Shape.Image(32, 32, 64));

    private static IEnumerable<Measurement> Measure(Timing timing, string name, int rows, Shape shape)
    {
        var size = rows * shape.Size;
        var x = Aligned.Copy(PeerData.Uniform(size, PeerData.Examples));
        var dy = Aligned.Copy(PeerData.Uniform(size, PeerData.UpstreamGradient));
        AlignedBuffer y = new(size), dx = new(size);
        var layer = new BatchNormDefinition().Build(new LayerSite(0, "batchnorm1", shape, shape, Random: null));
        void Forward() => layer.Forward(x.Span, y.Span, rows, Pass.Training(default));
        void Step()
        {
            Forward();
            layer.Backward(x.Span, y.Span, dy.Span, dx.Span, rows);
        }

        Step();
        CheckStep(layer, x.Span, dy.Span, y.Span, dx.Span, shape.Channels);

        // x in and y out; in training also dy in, x once more, and dx out.
        Work Arrays(int count) => new(Limit.Triad, count * sizeof(float) * (double)size);
        var seconds = timing.Measure(Step);
        yield return Measurement.Of(name, "time_kernels", "us", timing, seconds, s => s * 1e6, Arrays(5));
        yield return Measurement.Of(name, "bandwidth_kernels", "GB/s", timing, seconds, s => 5.0 * sizeof(float) * size / s / 1e9);
        yield return Measurement.Of(name, "time_train_fwd", "us", timing, timing.Measure(Forward), s => s * 1e6);
        seconds = timing.Measure(() => layer.Forward(x.Span, y.Span, rows, Pass.Inference));
        yield return Measurement.Of(name, "time_eval", "us", timing, seconds, s => s * 1e6, Arrays(2));
        yield return Measurement.Of(name, "bandwidth_eval", "GB/s", timing, seconds, s => 2.0 * sizeof(float) * size / s / 1e9);
    }

    // Gamma is 1 and beta 0 in a new layer. Tolerances: a few float roundings of values of magnitude 2, sums over the rows in float.
    private static void CheckStep(
        Layer layer, ReadOnlySpan<float> x, ReadOnlySpan<float> dy, ReadOnlySpan<float> y, ReadOnlySpan<float> dx, int channels)
    {
        const double epsilon = 1e-5f;
        double[] expectedY = new double[x.Length], expectedDx = new double[x.Length];
        double[] dGamma = new double[channels], dBeta = new double[channels];
        double n = x.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            double mean = 0, variance = 0;
            for (var i = c; i < x.Length; i += channels)
                mean += x[i] / n;
            for (var i = c; i < x.Length; i += channels)
                variance += (x[i] - mean) * (x[i] - mean) / n;
            var inverse = 1 / Math.Sqrt(variance + epsilon);
            for (var i = c; i < x.Length; i += channels)
            {
                expectedY[i] = (x[i] - mean) * inverse;
                dBeta[c] += dy[i];
                dGamma[c] += dy[i] * expectedY[i];
            }

            for (var i = c; i < x.Length; i += channels)
                expectedDx[i] = inverse * (dy[i] - dBeta[c] / n - expectedY[i] * dGamma[c] / n);
        }

        Check.Agree("batch norm y", y, expectedY, 1e-5);
        Check.Agree("batch norm dx", dx, expectedDx, 1e-5);
        Check.Agree("batch norm dgamma", layer.Parameters[0].Gradient, dGamma, 1e-4);
        Check.Agree("batch norm dbeta", layer.Parameters[1].Gradient, dBeta, 1e-4);
    }
}
