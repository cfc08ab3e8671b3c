using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics.Products;

public class SparseProductTests
{
    // Below, at and above the widths at which the dense product changes its way, and the tiles of the sparse one.
    public static TheoryData<int> Widths => [1, 2, 4, 5, 8, 13, 16, 33, 64, 70, 130];

    [Theory]
    [MemberData(nameof(Widths))]
    public void MultiplyAddBias_AnyWidth_HasTheBitsOfTheDenseProduct(int n)
    {
        const int m = 37, k = 523;
        var a = SparseSome.Dense(m, k, seed: 1);
        float[] b = Some.Values(k * n, seed: 2), bias = Some.Values(n, seed: 3);
        foreach (var relu in new[] { false, true })
            foreach (var added in new[] { bias, [] })
            {
                float[] sparse = new float[m * n], dense = new float[m * n];

                SparseProduct.MultiplyAddBias(SparseSome.Sparse(a, k).All, b, added, sparse, k, n, relu);

                MatrixProduct.MultiplyAddBias(a, b, added, dense, m, k, n, relu);
                sparse.Should().Equal(dense);
            }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Multiply_Transpose_HasTheBitsOfTheDenseProductInEveryTouchedRow(int n)
    {
        const int m = 29, k = 47;
        var a = SparseSome.Dense(m, k, seed: 4);
        var dy = Some.Values(m * n, seed: 5);
        var whole = new float[k * n];
        MatrixProduct.MultiplyTransposedA(a, dy, whole, k, m, n);
        var transpose = new SparseTranspose(k);
        transpose.Of(SparseSome.Sparse(Some.Values(2 * k, seed: 6), k).All);   // what was there before does not show
        transpose.Of(SparseSome.Sparse(a, k).All);
        var touched = new float[transpose.Columns.Length * n];

        SparseProduct.Multiply(transpose.Rows, dy, touched, m, n);

        var spread = new float[k * n];
        for (var i = 0; i < transpose.Columns.Length; i++)
            touched.AsSpan(i * n, n).CopyTo(spread.AsSpan(transpose.Columns[i] * n));
        spread.Should().Equal(whole);
        transpose.Columns.Length.Should().BeLessThan(k).And.BeGreaterThan(k / 2);
    }

    // The kernels read memory without looking at bounds.
    [Theory]
    [InlineData(-1)]
    [InlineData(90)]
    [InlineData(int.MaxValue)]
    public void MultiplyAddBias_ColumnBeyondTheMatrix_Throws(int column)
    {
        var rows = new SparseBuffer();
        rows.Add([1, 2], [3, column]);
        var multiply = () => SparseProduct.MultiplyAddBias(rows.All, new float[90 * 4], [], new float[4], 90, 4);

        multiply.Should().Throw<ArgumentException>().WithMessage("A sparse row has a value in a column that is not one of 0 to 89.*");
    }

    [Fact]
    public void MultiplyAddBias_SliceOfRows_IsThatOfTheWhole()
    {
        const int m = 12, k = 90, n = 20;
        var rows = SparseSome.Sparse(SparseSome.Dense(m, k, seed: 7), k);
        var b = Some.Values(k * n, seed: 8);
        float[] whole = new float[m * n], part = new float[5 * n];

        SparseProduct.MultiplyAddBias(rows.All, b, [], whole, k, n);
        SparseProduct.MultiplyAddBias(rows.All.Slice(4, 5), b, [], part, k, n);

        part.Should().Equal(whole[(4 * n)..(9 * n)]);
    }

    [Fact]
    public void MultiplyAddBias_MatrixOfAnotherSize_Throws()
    {
        var rows = new SparseBuffer();
        rows.Add([1f], [2]);
        var product = () => SparseProduct.MultiplyAddBias(rows.All, new float[11], [], new float[3], 4, 3);

        product.Should().Throw<ArgumentException>().WithMessage("A matrix of 12 values was expected, got 11.*");
    }
}
