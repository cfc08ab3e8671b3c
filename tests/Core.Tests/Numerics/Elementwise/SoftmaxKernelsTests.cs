using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class SoftmaxKernelsTests
{
    // Numbers of classes about each border between a loop and vectorized functions, whichever width they have.
    public static TheoryData<int> Classes => [1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 31, 33];

    [Theory]
    [MemberData(nameof(Classes))]
    public void Softmax_AnyNumberOfClasses_MatchesFormula(int classes)
    {
        const int rows = 7;
        var z = Some.Values(rows * classes, seed: 1, scale: 4);
        var p = new Guarded(z.Length);

        SoftmaxKernels.Softmax(z, p.Span, classes);

        p.Result().ShouldAgree([.. z.Chunk(classes).SelectMany(Formula)], 1e-6);   // one exp and one division in float32
    }

    // Predictions of saved models are to stay what they are, whatever way few classes take.
    [Theory]
    [MemberData(nameof(Classes))]
    public void Softmax_AnyNumberOfClasses_GivesTheBitsOfTensorPrimitives(int classes)
    {
        const int rows = 7;
        var z = Some.Values(rows * classes, seed: 2, scale: 4);
        var expected = new float[z.Length];
        for (var row = 0; row < z.Length; row += classes)
            TensorPrimitives.Subtract(z.AsSpan(row, classes), TensorPrimitives.Max<float>(z.AsSpan(row, classes)), expected.AsSpan(row));
        VectorMath.Exp(expected, expected);
        for (var row = 0; row < z.Length; row += classes)
        {
            var p = expected.AsSpan(row, classes);
            TensorPrimitives.Multiply(p, 1 / TensorPrimitives.Sum<float>(p), p);
        }

        SoftmaxKernels.Softmax(z, z, classes);

        z.Should().Equal(expected);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(10, 4)]
    [InlineData(20, 19)]
    public void Softmax_ValueThatIsNoNumber_MakesItsRowSo(int classes, int position)
    {
        var z = Some.Values(2 * classes, seed: 3);
        z[position] = float.NaN;

        SoftmaxKernels.Softmax(z, z, classes);

        z[..classes].Should().OnlyContain(value => float.IsNaN(value));
        z[classes..].Should().OnlyContain(value => value > 0 && value < 1);
    }

    private static IEnumerable<double> Formula(float[] row)
    {
        var sum = row.Sum(value => Math.Exp(value));
        return row.Select(value => Math.Exp(value) / sum);
    }
}
