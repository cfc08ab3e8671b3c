using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>Eight numbers even in [-1, 1), of which the last four mean nothing, and labels drawn from a formula of them.</summary>
internal sealed class FormulaRow
{
    [VectorType(8)]
    public float[] Features { get; set; } = [];

    public bool IsTrue { get; set; }

    public float Number { get; set; }

    /// <summary>The best possible score: the logit, or the number without its error.</summary>
    public float Ideal { get; set; }

    /// <summary>Rows of a formula f: true with probability 1 / (1 + exp(-f)), and f + a normal error of deviation 0.5.</summary>
    public static FormulaRow[] Draw(Func<float[], double> formula, int rows, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Row())];

        FormulaRow Row()
        {
            float[] x = [.. Enumerable.Range(0, 8).Select(_ => 2 * random.NextSingle() - 1)];
            var ideal = formula(x);
            var error = 0.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return new FormulaRow
            {
                Features = x,
                IsTrue = random.NextDouble() < 1 / (1 + Math.Exp(-ideal)),
                Number = (float)(ideal + error),
                Ideal = (float)ideal,
            };
        }
    }

    /// <summary>4 x0 - 3 x1 + 2 x2 - x3: what a linear model can learn.</summary>
    public static double Linear(float[] x) => 4 * x[0] - 3 * x[1] + 2 * x[2] - x[3];

    /// <summary>4 sin(3 x0) + 6 x1 x2 - 3 x3^2: what it cannot.</summary>
    public static double Curved(float[] x) => 4 * Math.Sin(3 * x[0]) + 6 * x[1] * x[2] - 3 * x[3] * x[3];
}
