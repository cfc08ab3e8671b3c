namespace MLNet.BatchNorm.Core.Tests.Support;

internal static class FiniteDifference
{
    /// <summary>The gradient of sum(upstream * f(x)) by central differences in double.</summary>
    public static double[] Gradient(Func<double[], double[]> f, double[] x, double[] upstream, double step = 1e-5)
    {
        var gradient = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var moved = (double[])x.Clone();
            moved[i] = x[i] + step;
            var above = Dot(f(moved), upstream);
            moved[i] = x[i] - step;
            gradient[i] = (above - Dot(f(moved), upstream)) / (2 * step);
        }

        return gradient;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (left, right) => left * right).Sum();
}
