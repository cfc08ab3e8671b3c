using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>
/// Compares the outputs and the gradients of a network with those of <see cref="NetworkOracle"/>: of the inputs and of each parameter the
/// slope along two random directions, by a central difference in double.
/// </summary>
/// <param name="Errors">
/// What was compared, and how far it is off: the slope as a share of the length of the gradient, which is its size along a typical
/// direction of independent normal numbers.
/// </param>
/// <param name="IsConclusive">
/// Whether float is good enough to tell: not if a ReLU may turn by rounding, if values are divided by hardly any variance, or if inputs
/// that differ in their last bits have noticeably other gradients.
/// </param>
internal sealed record GradientCheck(IReadOnlyList<(string Of, double By)> Errors, bool IsConclusive)
{
    /// <summary>What no right gradient exceeds in a check that is conclusive, ten times <see cref="Noise"/>.</summary>
    public const double Tolerance = 10 * Noise;

    private const int Rows = 6;

    // So short a step that no ReLU turns on the way; double leaves eight digits all the same.
    private const double Step = 1e-7, SafeDistance = 3e-5, SafeVariance = 1e-3, Noise = 2e-4;

    /// <summary>The largest of <see cref="Errors"/>.</summary>
    public double Worst => Errors.Max(error => error.By);

    /// <summary>The first of several seeds that is conclusive.</summary>
    public static GradientCheck Of(Network network) =>
        Enumerable.Range(1, 20).Select(seed => Of(network, 100 * seed)).First(check => check.IsConclusive);

    public static GradientCheck Of(Network network, int seed)
    {
        var random = new CounterRandom((ulong)seed);
        var weights = Some.Values(Rows, seed).Select(value => 0.5f + Math.Abs(value)).ToArray();
        var inputs = Some.Values(Rows * network.InputShape.Size, seed + 1);
        var upstream = Some.Values(Rows * network.OutputShape.Size, seed + 2);
        var oracle = new NetworkOracle(network, Rows, random, weights);
        // The inputs are one more parameter.
        double[][] values = [Widen(inputs), .. network.TrainableParameters.Select(parameter => Widen(parameter.Value))];
        var expected = OracleAt(values);

        var (outputs, gradients) = Found(inputs);
        var (_, nudged) = Found([.. inputs.Select(float.BitIncrement)]);

        // A gradient that is 0, as of a bias in front of batch norm, is 0 up to the rounding of the others.
        var floor = gradients.Max(Length) / 100;
        var noise = gradients.Zip(nudged, (g, n) => Length(Difference(g, n)) / Math.Max(Length(g), floor)).Max();
        return new GradientCheck(
            [
                ("outputs", Length(Difference(outputs, expected)) / (Length(expected) + Math.Sqrt(expected.Length))),
                ("inputs", ErrorOf(0)),
                .. network.TrainableParameters.Select((parameter, i) => (parameter.Name, ErrorOf(i + 1))),
            ],
            oracle.NearestKink > SafeDistance && oracle.SmallestVariance > SafeVariance && noise < Noise);

        // In a copy, because a training pass moves the running statistics.
        (double[] Outputs, double[][] Gradients) Found(float[] at)
        {
            var copy = network.Copy();
            var outputs = Widen(copy.Forward(at, Rows, Pass.Training(random, weights)));
            var ofInputs = new float[at.Length];
            copy.Backward(at, upstream, ofInputs);
            return (outputs, [Widen(ofInputs), .. copy.TrainableParameters.Select(parameter => Widen(parameter.Gradient))]);
        }

        // Along one direction alone an error may happen to cancel out.
        double ErrorOf(int which) => Math.Max(ErrorAlong(which, seed + 3 + which), ErrorAlong(which, seed - 3 - which));

        double ErrorAlong(int which, int directionSeed)
        {
            var direction = Some.Doubles(values[which].Length, directionSeed);
            var slope = (Sum(Step) - Sum(-Step)) / (2 * Step);
            return Math.Abs(Dot(gradients[which], direction) - slope) / Math.Max(Length(gradients[which]), floor);

            double Sum(double step)
            {
                double[][] moved = [.. values];
                moved[which] = [.. values[which].Zip(direction, (value, d) => value + step * d)];
                return Dot(OracleAt(moved), Widen(upstream));
            }
        }

        double[] OracleAt(double[][] at)
        {
            var byParameter = network.TrainableParameters.Zip(at.Skip(1)).ToDictionary(pair => pair.First, pair => pair.Second);
            return oracle.Forward(at[0], parameter => byParameter.GetValueOrDefault(parameter) ?? Widen(parameter.Value));
        }
    }

    /// <summary>What was compared, line by line.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Errors.Select(error => $"{error.Of}: {error.By:g3}"));

    private static double[] Difference(double[] a, double[] b) => [.. a.Zip(b, (left, right) => left - right)];

    private static double Length(double[] vector) => Math.Sqrt(Dot(vector, vector));

    private static double Dot(double[] a, double[] b) => a.Zip(b, (left, right) => left * right).Sum();

    private static double[] Widen(ReadOnlySpan<float> values) => [.. values.ToArray().Select(value => (double)value)];
}
