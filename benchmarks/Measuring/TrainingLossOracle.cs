namespace MLNet.BatchNorm.Benchmarks.Measuring;

/// <summary>
/// The softmax loss of a training batch in plain double loops. Its gradient along any direction follows by a central difference, which is
/// exact enough in double to check every gradient of the real network at once.
/// </summary>
/// <remarks>
/// For the layers of the networks that are measured, and fast enough for their size. <c>NetworkOracle</c> of Core's tests knows every layer
/// and option, and checks what each gives; for some values, not for millions.
/// </remarks>
internal sealed class TrainingLossOracle(Network network)
{
    private readonly double[][] parameters =
        [.. network.TrainableParameters.Select(parameter => parameter.Value.ToArray().Select(value => (double)value).ToArray())];

    /// <summary>Softmax cross-entropy of a training batch.</summary>
    public double Loss(ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets) => Loss(inputs, targets, parameters);

    /// <summary>The slope of the loss along <paramref name="direction"/>, one array per parameter.</summary>
    public double Slope(ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets, float[][] direction)
    {
        // Short, so that hardly any ReLU turns on the way; double leaves nine digits all the same.
        const double step = 1e-7;
        return (Loss(inputs, targets, Moved(direction, step)) - Loss(inputs, targets, Moved(direction, -step))) / (2 * step);
    }

    private double[][] Moved(float[][] direction, double step) =>
        [.. parameters.Select((values, p) => values.Select((value, i) => value + step * direction[p][i]).ToArray())];

    private double Loss(ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets, double[][] values)
    {
        var rows = targets.Length;
        var x = new double[inputs.Length];
        for (var i = 0; i < x.Length; i++)
            x[i] = inputs[i];
        x = Forward(network.Definition, network.InputShape, x, rows, new Queue<double[]>(values));
        var classes = x.Length / rows;
        var loss = 0.0;
        for (var row = 0; row < rows; row++)
        {
            var logits = x.AsSpan(row * classes, classes);
            var sum = 0.0;
            foreach (var logit in logits)
                sum += Math.Exp(logit);
            loss += Math.Log(sum) - logits[(int)targets[row]];
        }

        return loss / rows;
    }

    private static double[] Forward(NetworkDefinition layers, Shape shape, double[] x, int rows, Queue<double[]> parameters)
    {
        foreach (var layer in layers.Layers)
        {
            x = Forward(layer, shape, x, rows, parameters);
            shape = layer.OutputShape(shape);
        }

        return x;
    }

    private static double[] Forward(LayerDefinition layer, Shape input, double[] x, int rows, Queue<double[]> parameters) => layer switch
    {
        DenseDefinition dense => Dense(dense, x, rows, parameters),
        Conv2DDefinition convolution => Convolve(convolution, input, x, rows, parameters),
        MaxPool2DDefinition pool => MaxPool(pool, input, x, rows),
        GlobalAveragePoolDefinition => Average(input, x, rows),
        ResidualDefinition residual => Residual(residual, input, x, rows, parameters),
        FlattenDefinition => x,
        BatchNormDefinition norm => BatchNorm(norm, x, parameters.Dequeue(), parameters.Dequeue()),
        ActivationDefinition activation => [.. x.Select(Function(activation.Function))],
        _ => throw new NotSupportedException($"The oracle does not know {layer.GetType().Name}."),
    };

    private static double[] Dense(DenseDefinition dense, double[] x, int rows, Queue<double[]> parameters)
    {
        var weight = parameters.Dequeue();
        var bias = dense.UseBias == true ? parameters.Dequeue() : new double[dense.Units];
        var inputs = x.Length / rows;
        var y = new double[rows * dense.Units];
        for (var row = 0; row < rows; row++)
        {
            var output = y.AsSpan(row * dense.Units, dense.Units);
            bias.CopyTo(output);
            for (var i = 0; i < inputs; i++)
                for (var unit = 0; unit < dense.Units; unit++)
                    output[unit] += x[row * inputs + i] * weight[i * dense.Units + unit];
        }

        return y;
    }

    private static double[] Convolve(Conv2DDefinition convolution, Shape input, double[] x, int rows, Queue<double[]> parameters)
    {
        var filters = convolution.Filters;
        var weight = parameters.Dequeue();
        var bias = convolution.UseBias == true ? parameters.Dequeue() : new double[filters];
        var output = convolution.OutputShape(input);
        var y = new double[rows * output.Size];
        for (var pixel = 0; pixel < rows * output.Pixels; pixel++)
        {
            var sums = y.AsSpan(pixel * filters, filters);
            bias.CopyTo(sums);
            var (image, top, left) = (pixel / output.Pixels, pixel % output.Pixels / output.Width, pixel % output.Width);
            for (var ky = 0; ky < convolution.KernelHeight; ky++)
                for (var kx = 0; kx < convolution.KernelWidth; kx++)
                {
                    var row = top * convolution.Stride.Height - convolution.Padding.Top + ky;
                    var column = left * convolution.Stride.Width - convolution.Padding.Left + kx;
                    if (row < 0 || row >= input.Height || column < 0 || column >= input.Width)
                        continue;
                    for (var c = 0; c < input.Channels; c++)
                    {
                        var value = x[((image * input.Height + row) * input.Width + column) * input.Channels + c];
                        var filter = ((ky * convolution.KernelWidth + kx) * input.Channels + c) * filters;
                        for (var f = 0; f < filters; f++)
                            sums[f] += value * weight[filter + f];
                    }
                }
        }

        return y;
    }

    private static double[] MaxPool(MaxPool2DDefinition pool, Shape input, double[] x, int rows)
    {
        var (output, stride) = (pool.OutputShape(input), pool.Stride ?? pool.Size);
        var y = new double[rows * output.Size];
        Array.Fill(y, double.NegativeInfinity);
        for (var i = 0; i < y.Length; i++)
        {
            var (channel, pixel) = (i % output.Channels, i / output.Channels);
            var (image, top, left) = (pixel / output.Pixels, pixel % output.Pixels / output.Width, pixel % output.Width);
            (top, left) = (top * stride.Height - pool.Padding.Top, left * stride.Width - pool.Padding.Left);
            for (var row = Math.Max(0, top); row < Math.Min(input.Height, top + pool.Size.Height); row++)
                for (var column = Math.Max(0, left); column < Math.Min(input.Width, left + pool.Size.Width); column++)
                    y[i] = Math.Max(y[i], x[((image * input.Height + row) * input.Width + column) * input.Channels + channel]);
        }

        return y;
    }

    private static double[] Average(Shape input, double[] x, int rows)
    {
        var y = new double[rows * input.Channels];
        for (var i = 0; i < x.Length; i++)
            y[i / input.Size * input.Channels + i % input.Channels] += x[i] / input.Pixels;
        return y;
    }

    // The projection that the block would make by itself: its rules are the library's, not the oracle's.
    private static double[] Residual(ResidualDefinition block, Shape input, double[] x, int rows, Queue<double[]> parameters)
    {
        var y = Forward(block.Inner, input, x, rows, parameters);
        var output = block.OutputShape(input);
        if (output != input)
        {
            var projection = new Conv2DDefinition(output.Channels)
            {
                KernelHeight = 1,
                KernelWidth = 1,
                Stride = input.Height / output.Height,
                UseBias = false,
            };
            x = Convolve(projection, input, x, rows, parameters);
            x = BatchNorm(new BatchNormDefinition(), x, parameters.Dequeue(), parameters.Dequeue());
        }

        return [.. y.Zip(x, (inner, around) => inner + around)];
    }

    private static double[] BatchNorm(BatchNormDefinition norm, double[] x, double[] gamma, double[] beta)
    {
        var channels = gamma.Length;
        var y = new double[x.Length];
        for (var c = 0; c < channels; c++)
        {
            double n = x.Length / channels, mean = 0, variance = 0;
            for (var i = c; i < x.Length; i += channels)
                mean += x[i] / n;
            for (var i = c; i < x.Length; i += channels)
                variance += (x[i] - mean) * (x[i] - mean) / n;
            for (var i = c; i < x.Length; i += channels)
                y[i] = gamma[c] * (x[i] - mean) / Math.Sqrt(variance + norm.Epsilon) + beta[c];
        }

        return y;
    }

    private static Func<double, double> Function(ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => x => Math.Max(x, 0),
        ActivationKind.Sigmoid => x => 1 / (1 + Math.Exp(-x)),
        ActivationKind.Tanh => Math.Tanh,
        _ => throw new NotSupportedException($"The oracle does not know {kind}."),
    };
}
