using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

public class MatrixTransposeTests
{
    // About the squares of 4 x 4 and of 16 x 16.
    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 1 }, { 3, 5 }, { 4, 4 }, { 7, 20 }, { 15, 17 }, { 16, 16 }, { 17, 33 }, { 20, 16 }, { 32, 48 }, { 35, 100 }, { 64, 61 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Copy_WholeMatrix_TurnsRowsIntoColumns(int rows, int columns)
    {
        var from = Some.Values(rows * columns, seed: 1);
        var to = new Guarded(from.Length);

        MatrixTranspose.Copy(from, rows, to.Span);

        to.Result().Should().Equal(Enumerable.Range(0, from.Length).Select(i => from[(i % rows * columns) + (i / rows)]));
    }
}
