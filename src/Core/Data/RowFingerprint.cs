using System.Globalization;
using System.Numerics.Tensors;

namespace MLNet.BatchNorm.Core.Data;

/// <summary>
/// Tells one data set from another of the same size, or in another order: how many rows, and a random projection of their features,
/// targets and weights each, in units of its standard deviation.
/// </summary>
/// <remarks>
/// Rounded to four decimals, and so no checksum: features that are computed may differ in their last bits from machine to machine, and a
/// training may go on on another one. A few changed rows among many may go unnoticed.
/// </remarks>
internal sealed class RowFingerprint
{
    private float[] factors = [];   // of the features
    private CounterRandom random = new(seed: 1);
    private long rows;
    private Projection features;
    private Projection targets;
    private Projection weights;

    /// <summary>Counts in the only row of a batch.</summary>
    public void Add(Batch only)
    {
        if (rows++ == 0)
            factors = Factors(only.Inputs);
        var factor = Next(ref random);
        features.Add(factor, ProjectionOf(only));
        targets.Add(factor, only.Targets[0]);
        weights.Add(factor, only.Weights[0]);
    }

    /// <summary>The same text for the same rows, in every culture.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{rows} rows, features {features}, labels {targets}, weights {weights}");

    private static float[] Factors(int inputs)
    {
        var random = new CounterRandom(seed: 2);
        var factors = new float[inputs];
        foreach (ref var factor in factors.AsSpan())
            factor = Next(ref random);
        return factors;
    }

    private static float Next(ref CounterRandom random) => (2 * random.NextSingle()) - 1;

    private double ProjectionOf(Batch only)
    {
        if (only.Sparse is not { } sparse)
            return TensorPrimitives.Dot<float>(only.Features, factors);
        var values = sparse.All.ValuesOf(0);
        var columns = sparse.All.ColumnsOf(0);
        var sum = 0.0;
        for (var i = 0; i < values.Length; i++)
            sum += values[i] * factors[columns[i]];
        return sum;
    }

    private struct Projection
    {
        private double sum;
        private double squares;

        public void Add(float factor, double value)
        {
            var part = factor * value;
            sum += part;
            squares += part * part;
        }

        public override readonly string ToString() =>
            (squares == 0 ? 0 : Math.Round(sum / Math.Sqrt(squares), 4) + 0.0).ToString("0.0000", CultureInfo.InvariantCulture);   // no -0
    }
}
