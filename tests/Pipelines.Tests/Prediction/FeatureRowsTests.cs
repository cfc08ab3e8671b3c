using Microsoft.ML.Data;
using MLNet.BatchNorm.Pipelines.Prediction;

namespace MLNet.BatchNorm.Pipelines.Tests.Prediction;

public class FeatureRowsTests
{
    private const int Inputs = 100;

    private static readonly VBuffer<float> Dense = new(Inputs, [.. Enumerable.Range(1, Inputs).Select(i => (float)i)]);

    private static readonly VBuffer<float> Sparse = new(Inputs, 2, [3, 5], [10, 20]);

    [Fact]
    public void Add_DenseAndSparseRows_KeepsEachOfThem()
    {
        var rows = new FeatureRows(Inputs, mayBeSparse: true);
        rows.Clear(most: 3);

        rows.Add(Dense);
        rows.Add(Sparse);
        rows.Add(Dense);

        rows.IsSparse.Should().BeFalse("two thirds of the values are there");
        rows.AsDense().ToArray().Should().Equal([.. Dense.DenseValues(), .. Sparse.DenseValues(), .. Dense.DenseValues()]);
    }

    [Fact]
    public void Add_OneDenseRowBeforeManySparseOnes_IsSparse()
    {
        var rows = new FeatureRows(Inputs, mayBeSparse: true);
        rows.Clear(most: 20);

        rows.Add(Dense);
        for (var i = 1; i < 20; i++)
            rows.Add(Sparse);

        rows.IsSparse.Should().BeTrue();
        rows.Sparse.Rows.Should().Be(20);
        rows.Sparse.ValuesOf(0).ToArray().Should().Equal(Dense.DenseValues());
        rows.Sparse.ColumnsOf(19).ToArray().Should().Equal(10, 20);
    }

    [Fact]
    public void Add_SparseRowsForANetworkThatTakesNone_MakesThemDense()
    {
        var rows = new FeatureRows(Inputs, mayBeSparse: false);
        rows.Clear(most: 1);

        rows.Add(Sparse);

        rows.IsSparse.Should().BeFalse();
        rows.AsDense().ToArray().Should().Equal(Sparse.DenseValues());
    }

    [Fact]
    public void Clear_AfterSparseRows_StartsDenseAgain()
    {
        var rows = new FeatureRows(Inputs, mayBeSparse: true);
        rows.Clear(most: 1);
        rows.Add(Sparse);

        VBuffer<float> nearlyAllZeros = new(Inputs, [.. Sparse.DenseValues()]);
        rows.Clear(most: 1);
        rows.Add(nearlyAllZeros);

        rows.IsSparse.Should().BeFalse("it came dense");
        rows.AsDense().ToArray().Should().Equal(Sparse.DenseValues());
    }

    [Fact]
    public void Clear_AfterSparseRows_LeavesNone()
    {
        var rows = new FeatureRows(Inputs, mayBeSparse: true);
        rows.Clear(most: 2);
        rows.Add(Sparse);
        rows.Add(Sparse);

        rows.Clear(most: 1);
        rows.Add(Sparse);

        rows.Sparse.Rows.Should().Be(1);
        rows.Sparse.ValuesOf(0).ToArray().Should().Equal(3, 5);
        rows.Sparse.ColumnsOf(0).ToArray().Should().Equal(10, 20);
    }
}
