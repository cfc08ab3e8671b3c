namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Activation functions by their formulas, in double.</summary>
internal static class ActivationOracle
{
    public static double Of(ActivationKind function, double x, double alpha = 0) => function switch
    {
        ActivationKind.Relu => x > 0 ? x : 0,
        ActivationKind.LeakyRelu => x > 0 ? x : alpha * x,
        ActivationKind.Elu => x > 0 ? x : alpha * (Math.Exp(x) - 1),
        ActivationKind.HardSwish => x * Math.Clamp(x + 3, 0, 6) / 6,
        ActivationKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ActivationKind.Tanh => Math.Tanh(x),
        ActivationKind.Gelu => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
        ActivationKind.GeluTanh => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        ActivationKind.Silu => x / (1 + Math.Exp(-x)),
        ActivationKind.Softplus => Softplus(x),
        ActivationKind.Mish => x * Math.Tanh(Softplus(x)),
        _ => throw new NotSupportedException($"The oracle does not know {function}."),
    };

    /// <summary>Where the function has no gradient.</summary>
    public static double[] KinksOf(ActivationKind function) => function switch
    {
        ActivationKind.Relu or ActivationKind.LeakyRelu or ActivationKind.Elu => [0],
        ActivationKind.HardSwish => [-3, 3],
        _ => [],
    };

    private static double Softplus(double x) => x > 0 ? x + Math.Log(1 + Math.Exp(-x)) : Math.Log(1 + Math.Exp(x));

    // The Maclaurin series for small |x|, else 1 less the continued fraction of erfc (Abramowitz and Stegun, 7.1.5 and 7.1.14).
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 3)
        {
            var fraction = 0.0;
            for (var k = 60; k > 0; k--)
                fraction = k / 2.0 / (Math.Abs(x) + fraction);
            return Math.Sign(x) * (1 - Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (Math.Abs(x) + fraction));
        }

        double term = x, sum = x;
        for (var n = 1; n < 80; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
