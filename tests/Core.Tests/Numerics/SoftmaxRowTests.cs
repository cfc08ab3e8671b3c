using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class SoftmaxRowTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Softmax_RowAlone_HasTheBitsItHasAmongOthers(int classes)
    {
        const int rows = 50;
        var logits = Some.Values(rows * classes, seed: 7);
        var together = new float[logits.Length];
        SoftmaxKernels.Softmax(logits, together, classes);

        for (var row = 0; row < rows; row++)
        {
            var alone = new float[classes];
            SoftmaxKernels.Softmax(logits.AsSpan(row * classes, classes), alone, classes);
            alone.Should().Equal(together[(row * classes)..((row + 1) * classes)]);
        }
    }
}
