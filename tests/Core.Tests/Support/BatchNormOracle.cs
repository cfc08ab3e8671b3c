namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>
/// Batch normalization in training, one value at a time and in double: as the paper (arXiv:1502.03167, section 3) writes it.
/// </summary>
internal sealed class BatchNormOracle(double[] gamma, double[] beta, double epsilon)
{
    private readonly int channels = gamma.Length;

    public double[] Mean(double[] x) => [.. Enumerable.Range(0, channels).Select(c => Column(x, c).Average())];

    public double[] Variance(double[] x)
    {
        var mean = Mean(x);
        return [.. Enumerable.Range(0, channels).Select(c => Column(x, c).Average(value => (value - mean[c]) * (value - mean[c])))];
    }

    public double[] Forward(double[] x)
    {
        var (mean, variance) = (Mean(x), Variance(x));
        return [.. x.Select((value, i) => Normalize(value, i % channels))];

        double Normalize(double value, int c) => gamma[c] * (value - mean[c]) / Math.Sqrt(variance[c] + epsilon) + beta[c];
    }

    public (double[] X, double[] Gamma, double[] Beta) Backward(double[] x, double[] dy)
    {
        var rows = x.Length / channels;
        var (mean, variance) = (Mean(x), Variance(x));
        var (dx, dGamma, dBeta) = (new double[x.Length], new double[channels], new double[channels]);
        for (var c = 0; c < channels; c++)
        {
            var std = Math.Sqrt(variance[c] + epsilon);
            var (dVariance, dMean) = (0.0, 0.0);
            for (var i = c; i < x.Length; i += channels)
            {
                var dxHat = dy[i] * gamma[c];
                dGamma[c] += dy[i] * (x[i] - mean[c]) / std;
                dBeta[c] += dy[i];
                dVariance -= dxHat * (x[i] - mean[c]) / (2 * std * std * std);
                dMean -= dxHat / std;
            }

            for (var i = c; i < x.Length; i += channels)
                dx[i] = dy[i] * gamma[c] / std + dVariance * 2 * (x[i] - mean[c]) / rows + dMean / rows;
        }

        return (dx, dGamma, dBeta);
    }

    private IEnumerable<double> Column(double[] x, int channel)
    {
        for (var i = channel; i < x.Length; i += channels)
            yield return x[i];
    }
}
