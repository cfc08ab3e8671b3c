using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.InstructionCounts;

/// <summary>Something that is counted. It does the same work each time.</summary>
internal sealed record Kernel(string Name, Action Run);

/// <summary>
/// The kernels that training and prediction spend their time in, on sizes at which their loops outweigh what surrounds them and that a few
/// ten thousand instructions, all of which are stepped through, are enough for.
/// </summary>
internal static class Kernels
{
    public static IEnumerable<Kernel> All() =>
        [.. Products(), .. Normalizing(), .. Elementwise(), .. Updates(), .. Convolutions(), .. PoolingPasses(), .. Networks()];

    private static IEnumerable<Kernel> Products()
    {
        // 12 x 32 is a tile of the widest vectors; 31 columns leave a part of one over.
        const int m = 12, k = 64, n = 64;
        AlignedBuffer a = Values(m * k), b = Values(k * n), c = new(m * n), bias = Values(n);
        yield return new("product", () => MatrixProduct.MultiplyAddBias(a.Span, b.Span, bias.Span, c.Span, m, k, n, relu: true));
        yield return new("product A transposed", () => MatrixProduct.MultiplyTransposedA(a.Span, b.Span, c.Span, m, k, n));
        yield return new("product B transposed", () => MatrixProduct.MultiplyTransposedB(a.Span, b.Span, c.Span, m, k, n));
        const int ragged = 31;
        yield return new("product 31 columns", () => MatrixProduct.Multiply(
            a.Span, b.Span[..(k * ragged)], c.Span[..(m * ragged)], m, k, ragged));
        const int narrow = 2;
        yield return new("product 2 columns", () => MatrixProduct.Multiply(
            a.Span, b.Span[..(k * narrow)], c.Span[..(m * narrow)], m, k, narrow));
        const int depth = 16, wide = 256;
        var row = new AlignedBuffer(wide);
        yield return new("product one row", () => MatrixProduct.Multiply(a.Span[..depth], b.Span, row.Span, 1, depth, wide));
    }

    private static IEnumerable<Kernel> Normalizing()
    {
        const int rows = 32, channels = 64;
        AlignedBuffer x = Values(rows * channels), dy = Values(rows * channels), y = new(rows * channels);
        AlignedBuffer mean = Values(channels), inverse = Values(channels), gamma = Values(channels), beta = Values(channels);
        AlignedBuffer dGamma = new(channels), dBeta = new(channels);
        double[] means = new double[channels], squares = new double[channels];
        yield return new("batch norm moments", () => BatchNormKernels.Moments(x.Span, means, squares));
        yield return new("batch norm forward", () => BatchNormKernels.Forward(
            x.Span, mean.Span, inverse.Span, gamma.Span, beta.Span, y.Span, relu: true));
        yield return new("batch norm backward to parameters", () => BatchNormKernels.BackwardParametersRelu(
            x.Span, dy.Span, mean.Span, inverse.Span, gamma.Span, beta.Span, dGamma.Span, dBeta.Span));
        yield return new("batch norm backward to input", () => BatchNormKernels.BackwardInputRelu(
            x.Span, dy.Span, mean.Span, inverse.Span, gamma.Span, beta.Span, dGamma.Span, dBeta.Span, y.Span));
        var moments = new ChannelMoments(channels);
        yield return new("statistics", () =>
        {
            moments.Clear();
            moments.Add<float>(x.Span);
        });
    }

    private static IEnumerable<Kernel> Elementwise()
    {
        const int rows = 16, columns = 32;
        AlignedBuffer x = Values(rows * columns), y = new(rows * columns), dx = new(rows * columns), sums = new(columns);
        var labels = PeerData.Classes(rows, columns);
        yield return new("softmax", () => SoftmaxKernels.Softmax(x.Span, y.Span, columns));
        var loss = new SoftmaxCrossEntropy();
        yield return new("softmax cross-entropy", () => loss.Evaluate(x.Span, labels, [], dx.Span));
        yield return new("sigmoid", () => VectorMath.Sigmoid(x.Span, y.Span));
        yield return new("ReLU backward with bias", () => ColumnKernels.ReluBackwardAndSum(x.Span, x.Span, dx.Span, sums.Span));
    }

    private static IEnumerable<Kernel> Updates()
    {
        foreach (var (name, optimizer) in new (string, Optimizer)[] { ("Adam", new Adam()), ("SGD", new Sgd { Momentum = 0.9f }) })
        {
            var parameter = new Parameter("weight", [64, 64], decays: true);
            PeerData.Uniform(parameter.Length, PeerData.Examples).CopyTo(parameter.Value);
            PeerData.Uniform(parameter.Length, PeerData.UpstreamGradient).CopyTo(parameter.TouchAll());
            var rule = optimizer.Over([parameter]);
            yield return new(name, () => rule.Step(optimizer.LearningRate));
        }
    }

    private static IEnumerable<Kernel> Convolutions() =>
    [
        // From 16 channels on by Winograd's transforms.
        .. Convolved("convolution", new SlidingWindow(1, 8, 8, 3, 3, 3) { Padding = 1 }, filters: 16),
        .. Convolved("Winograd", new SlidingWindow(1, 8, 8, 16, 3, 3) { Padding = 1 }, filters: 16),
        .. Convolved("depthwise", new SlidingWindow(1, 8, 8, 16, 3, 3) { Padding = 1, Groups = 16 }, filters: 16),
    ];

    private static IEnumerable<Kernel> Convolved(string name, SlidingWindow window, int filters)
    {
        var outputs = window.OutputPixels * filters;
        AlignedBuffer x = Values(window.ImageSize), weights = Values(window.PatchSize * filters), bias = Values(filters);
        AlignedBuffer y = new(outputs), dy = Values(outputs), dx = new(window.ImageSize), dWeights = new(weights.Length);
        yield return new($"{name} forward", () => Convolution.Forward(window, x.Span, weights.Span, bias.Span, y.Span));
        yield return new($"{name} backward to input", () => Convolution.BackwardInput(window, weights.Span, dy.Span, dx.Span));
        yield return new($"{name} backward to filters", () => Convolution.BackwardFilters(window, x.Span, dy.Span, dWeights.Span));
    }

    private static IEnumerable<Kernel> PoolingPasses()
    {
        const int channels = 32;
        foreach (var (name, window) in new[]
        {
            ("2 x 2", new SlidingWindow(1, 8, 8, channels, 2, 2) { Stride = 2 }),
            ("3 x 3", new SlidingWindow(1, 8, 8, channels, 3, 3) { Stride = 2, Padding = 1 }),
        })
        {
            var outputs = window.OutputPixels * channels;
            AlignedBuffer x = Values(window.ImageSize), y = new(outputs), dy = Values(outputs), dx = new(window.ImageSize);
            yield return new($"max pooling {name} forward", () => Pooling.Max(window, x.Span, y.Span));
            yield return new($"max pooling {name} backward", () => Pooling.MaxBackward(window, x.Span, y.Span, dy.Span, dx.Span));
            yield return new($"average pooling {name} forward", () => Pooling.Average(window, x.Span, y.Span));
        }
    }

    private static IEnumerable<Kernel> Networks()
    {
        var dense = NetworkDefinition.Empty.Dense(64).BatchNorm().Relu().Dense(32).BatchNorm().Relu().Dense(2);
        var images = NetworkDefinition.Empty
            .Conv2D(8, padding: 1).BatchNorm().Relu().MaxPool2D()
            .Conv2D(16, padding: 1).BatchNorm().Relu().MaxPool2D().Flatten().Dense(10);
        return
        [
            .. Trained("dense network", new Network(dense, Shape.Vector(30), seed: 1), rows: 8, new Adam()),
            .. Trained("network of images", new Network(images, Shape.Image(8, 8, 1), seed: 1), rows: 2, new Sgd { Momentum = 0.9f }),
        ];
    }

    private static IEnumerable<Kernel> Trained(string name, Network network, int rows, Optimizer optimizer)
    {
        var x = Values(rows * network.InputShape.Size);
        var labels = PeerData.Classes(rows, network.OutputShape.Size);
        var gradient = new AlignedBuffer(rows * network.OutputShape.Size);
        var (loss, rule) = (new SoftmaxCrossEntropy(), optimizer.Over(network.TrainableParameters));
        yield return new($"{name} step of {rows} rows", () =>
        {
            var outputs = network.Forward(x.Span, rows, Pass.Training(default));
            loss.Evaluate(outputs, labels, [], gradient.Span);
            network.Backward(x.Span, gradient.Span);
            rule.Step(optimizer.LearningRate);
        });
        var predictor = network.ToPredictor();
        var output = new AlignedBuffer(network.OutputShape.Size);
        yield return new($"{name} prediction of one row", () => predictor.Predict(x.Span[..network.InputShape.Size], output.Span));
    }

    private static AlignedBuffer Values(int count) => Aligned.Copy(PeerData.Uniform(count, PeerData.Examples));
}
