using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Numerics;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>
/// The training pass of a network in plain loops over doubles, by the formulas of its layers. Random numbers, masks of dropout and the
/// corrections of batch renormalization, which are constants to the gradient, are those of the network as it was when this was made.
/// </summary>
internal sealed class NetworkOracle(Network network, int rows, CounterRandom random, float[] rowWeights)
{
    private readonly int rows = rows;
    private readonly float[] rowWeights = rowWeights;
    private readonly Dictionary<Layer, (double R, double D)[]> corrections = [];

    /// <summary>
    /// How far from x the nearest point lies at which the network has no gradient: in units of the value that an activation or a pool
    /// has there. Values exactly on such a point do not count: they stay there, as a 0 that a ReLU gave.
    /// </summary>
    public double NearestKink { get; private set; } = double.PositiveInfinity;

    /// <summary>The smallest variance, or mean square, that a normalization divided by.</summary>
    public double SmallestVariance { get; private set; } = double.PositiveInfinity;

    /// <summary>The outputs for <paramref name="x"/>, with <paramref name="valueOf"/> in place of the parameters.</summary>
    public double[] Forward(double[] x, Func<Parameter, double[]> valueOf) => new Evaluation(this, valueOf).Network(network, x, random);

    private sealed class Evaluation(NetworkOracle oracle, Func<Parameter, double[]> valueOf)
    {
        private readonly int rows = oracle.rows;

        public double[] Network(Network layers, double[] x, CounterRandom random)
        {
            for (var i = 0; i < layers.Layers.Count; i++)
            {
                var (layer, definition) = (layers.Layers[i], layers.Definition.Layers[i]);
                if (layer is WrongLayer { Right: var right })
                    (layer, definition) = (right, ((WrongDefinition)definition).Right);
                x = Layer(definition, layer, x, random.Derive((ulong)i));
            }

            return x;
        }

        private double[] Layer(LayerDefinition definition, Layer layer, double[] x, CounterRandom random)
        {
            var input = layer.InputShape;
            return definition switch
            {
                DenseDefinition dense => Dense(dense, layer, x),
                Conv2DDefinition convolution => Convolve(convolution, layer, x),
                MaxPool2DDefinition pool => Pool(Window(pool, input), x, Largest),
                AveragePool2DDefinition pool => Pool(Window(pool, input), x, values => values.Average()),
                GlobalMaxPoolDefinition => Pool(Over(input, input.Height, input.Width), x, Largest),
                GlobalAveragePoolDefinition => Pool(Over(input, input.Height, input.Width), x, values => values.Average()),
                FlattenDefinition => x,
                ActivationDefinition activation => [.. x.Select(value => Activate(activation, value))],
                PReluDefinition => [.. x.Select((value, i) => Bent(value, valueOf(layer.Parameters[0])[i % input.Channels]))],
                DropoutDefinition dropout => Drop(dropout, x, random),
                FeatureEncodingDefinition encoding => Encode(encoding.Scales!, encoding.Bins > 0, x),
                RmsNormDefinition norm => RootMeanSquare(norm, valueOf(layer.Parameters[0]), x),
                NormDefinition norm => Normalize(norm, layer, x),
                ResidualDefinition => Residual((ResidualLayer)layer, x, random),
                ConcatDefinition => Concat((ConcatLayer)layer, x, random),
                _ => throw new NotSupportedException($"The oracle does not know {definition.GetType().Name}."),
            };
        }

        private double[] Dense(DenseDefinition dense, Layer layer, double[] x)
        {
            var (weight, bias, inputs) = (valueOf(layer.Parameters[0]), Bias(layer), layer.InputShape.Size);
            var y = new double[rows * dense.Units];
            for (var row = 0; row < rows; row++)
                for (var unit = 0; unit < dense.Units; unit++)
                {
                    var sum = bias?[unit] ?? 0;
                    for (var i = 0; i < inputs; i++)
                        sum += x[row * inputs + i] * weight[i * dense.Units + unit];
                    y[row * dense.Units + unit] = sum;
                }

            return y;
        }

        private double[] Convolve(Conv2DDefinition convolution, Layer layer, double[] x)
        {
            var (weight, bias, filters) = (valueOf(layer.Parameters[0]), Bias(layer), convolution.Filters);
            var window = Over(layer.InputShape, convolution.KernelHeight, convolution.KernelWidth) with
            {
                Stride = convolution.Stride,
                Padding = convolution.Padding,
                Dilation = convolution.Dilation,
            };
            var (channels, filtersOfGroup) = (layer.InputShape.Channels, filters / convolution.Groups);
            var inputs = channels / convolution.Groups;
            var y = new double[rows * layer.OutputShape.Size];
            for (var i = 0; i < y.Length; i++)
                y[i] = bias?[i % filters] ?? 0;
            foreach (var (output, pixel, position) in SlidingWindowOracle.Pairs(window))
                for (var f = 0; f < filters; f++)
                    for (var c = 0; c < inputs; c++)
                        y[output * filters + f] +=
                            x[pixel * channels + f / filtersOfGroup * inputs + c] * weight[(position * inputs + c) * filters + f];
            return y;
        }

        private double[]? Bias(Layer layer) => layer.Parameters.Count > 1 ? valueOf(layer.Parameters[1]) : null;

        private static double[] Pool(SlidingWindow window, double[] x, Func<double[], double> ofWindow) =>
            [.. SlidingWindowOracle.Pairs(window).GroupBy(pair => pair.Output).OrderBy(pairs => pairs.Key).SelectMany(pairs =>
                Enumerable.Range(0, window.Channels)
                    .Select(c => ofWindow([.. pairs.Select(pair => x[pair.Pixel * window.Channels + c])])))];

        private double Largest(double[] values)
        {
            var largest = values.Max();
            foreach (var value in values)
                Kink(largest - value);
            return largest;
        }

        private double Activate(ActivationDefinition activation, double x)
        {
            foreach (var kink in ActivationOracle.KinksOf(activation.Function))
                Kink(x - kink);
            return ActivationOracle.Of(activation.Function, x, activation.Alpha);
        }

        private double Bent(double x, double slope)
        {
            Kink(x);
            return x > 0 ? x : slope * x;
        }

        private static double[] Drop(DropoutDefinition dropout, double[] x, CounterRandom random)
        {
            var mask = new float[x.Length];
            random.FillDropoutMask(mask, dropout.Rate);
            return [.. x.Select((value, i) => value * mask[i])];
        }

        private double[] Encode(FeatureScales scales, bool isCompressed, double[] x)
        {
            var channels = scales.Mean.Length;
            var y = new List<double>();
            for (var start = 0; start < x.Length; start += channels)
            {
                var row = x.AsSpan(start, channels).ToArray();
                double[] z = [.. row.Select((value, c) => (value - scales.Mean[c]) * scales.Factor[c])];
                y.AddRange(isCompressed ? z.Select(value => 3 * Math.Asinh(value / 3)) : z);
                for (int c = 0, bin = 0; c < channels && isCompressed; c++)
                    foreach (var (from, to) in scales.Edges[c].Zip(scales.Edges[c].Skip(1)))
                    {
                        Kink(row[c] - from);
                        Kink(row[c] - to);
                        y.Add(Math.Clamp((row[c] - from) / (to - from), 0, 1) - scales.BinMeans[bin++]);
                    }
            }

            return [.. y];
        }

        private double[] RootMeanSquare(RmsNormDefinition norm, double[] gamma, double[] x)
        {
            var size = x.Length / rows;
            return [.. x.Chunk(size).SelectMany(row =>
            {
                var square = row.Average(value => value * value);
                Divided(square);
                return row.Select((value, i) => gamma[i] * value / Math.Sqrt(square + norm.Epsilon));
            })];
        }

        private double[] Normalize(NormDefinition norm, Layer layer, double[] x)
        {
            var (input, length) = (layer.InputShape, norm is LayerNormDefinition ? layer.InputShape.Size : layer.InputShape.Channels);
            var saved = new Queue<Parameter>(layer.SavedParameters);
            var gamma = norm.Scale ? valueOf(saved.Dequeue()) : [.. Enumerable.Repeat(1.0, length)];
            var beta = norm.Center ? valueOf(saved.Dequeue()) : new double[length];
            var oracleOfNorm = norm switch
            {
                BatchNormDefinition batch => Batch(batch, (BatchNormLayer)layer, x),
                LayerNormDefinition => NormOracle.Layer(input, norm.Epsilon),
                InstanceNormDefinition => NormOracle.Group(input, input.Channels, norm.Epsilon),
                GroupNormDefinition group => NormOracle.Group(input, group.Groups, norm.Epsilon),
                _ => throw new NotSupportedException($"The oracle does not know {norm.GetType().Name}."),
            };
            return oracleOfNorm.Forward(x, gamma, beta, Divided);
        }

        private NormOracle Batch(BatchNormDefinition norm, BatchNormLayer layer, double[] x)
        {
            var channels = layer.InputShape.Channels;
            if (norm.Freeze != BatchNormFreeze.Nothing)
                return new NormOracle(i => i % channels, i => i % channels, norm.Epsilon)
                {
                    Fixed = (Widen(layer.RunningMean), Widen(layer.RunningVariance)),
                };
            var weights = norm.WeightedStatistics ? oracle.rowWeights : null;
            var batch = NormOracle.Batch(rows, layer.InputShape, norm.Epsilon, norm.VirtualBatchSize, weights);
            if (norm.Renormalization is not { } limits)
                return batch;
            if (!oracle.corrections.TryGetValue(layer, out var corrections))
                oracle.corrections[layer] = corrections = [.. Enumerable.Range(0, channels).Select(Correction)];
            return batch with { Correction = (i => corrections[i % channels].R, i => corrections[i % channels].D) };

            (double R, double D) Correction(int c)
            {
                var running = Math.Sqrt(layer.RunningVariance[c] + (double)norm.Epsilon);
                return (
                    Math.Clamp(Math.Sqrt(batch.Variance(x, c) + norm.Epsilon) / running, 1 / (double)limits.RMax, limits.RMax),
                    Math.Clamp((batch.Mean(x, c) - layer.RunningMean[c]) / running, -limits.DMax, limits.DMax));
            }
        }

        private double[] Residual(ResidualLayer block, double[] x, CounterRandom random)
        {
            var inner = Network(block.Inner, x, random);
            var around = block.Projection is { } projection
                ? Network(projection, x, random.Derive((ulong)block.Inner.Layers.Count))
                : x;
            return [.. inner.Zip(around, (left, right) => left + right)];
        }

        private double[] Concat(ConcatLayer block, double[] x, CounterRandom random)
        {
            var inner = Network(block.Parts[0], x, random);
            return
            [
                .. inner.Chunk(block.Parts[0].OutputShape.Channels).Zip(x.Chunk(block.InputShape.Channels))
                    .SelectMany(pixel => pixel.First.Concat(pixel.Second)),
            ];
        }

        private SlidingWindow Over(Shape input, int height, int width) =>
            new(rows, input.Height, input.Width, input.Channels, height, width);

        private SlidingWindow Window(Pool2DDefinition pool, Shape input) => Over(input, pool.Size.Height, pool.Size.Width) with
        {
            Stride = pool.Stride ?? pool.Size,
            Padding = pool.Padding,
            Dilation = pool.Dilation,
            CeilMode = pool.CeilMode,
        };

        private void Kink(double distance)
        {
            if (distance != 0)
                oracle.NearestKink = Math.Min(oracle.NearestKink, Math.Abs(distance));
        }

        private void Divided(double variance) => oracle.SmallestVariance = Math.Min(oracle.SmallestVariance, variance);

        private static double[] Widen(float[] values) => [.. values.Select(value => (double)value)];
    }
}
