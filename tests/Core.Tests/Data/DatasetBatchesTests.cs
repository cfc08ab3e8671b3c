using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Data;

public class DatasetBatchesTests
{
    [Theory]
    [InlineData(1, 4, new[] { 1 })]
    [InlineData(2, 4, new[] { 2 })]
    [InlineData(4, 4, new[] { 4 })]
    [InlineData(5, 4, new[] { 5 })]
    [InlineData(6, 4, new[] { 4, 2 })]
    [InlineData(8, 4, new[] { 4, 4 })]
    [InlineData(9, 4, new[] { 4, 5 })]
    [InlineData(11, 4, new[] { 4, 4, 3 })]
    [InlineData(3, 2, new[] { 3 })]
    public void RowsOf_LastBatch_IsNeverASingleRowUnlessThereIsNoOther(int rows, int batchSize, int[] sizes)
    {
        var batches = new DatasetBatches(Some.Clusters(rows, 3, 2, seed: 1), batchSize);

        Enumerable.Range(0, batches.Count).Select(i => batches.RowsOf(i).Length).Should().Equal(sizes);
        batches.Largest.Should().Be(sizes.Max());
        Enumerable.Range(0, batches.Count).SelectMany(i => batches.RowsOf(i).ToArray()).Should().Equal(Enumerable.Range(0, rows));
    }

    [Fact]
    public void Shuffle_DependsOnTheRandomAlone()
    {
        var data = Some.Clusters(50, 3, 2, seed: 1);
        var (once, twice) = (new DatasetBatches(data, 50), new DatasetBatches(data, 50));

        twice.Start(new CounterRandom(8));
        twice.Start(new CounterRandom(7));
        once.Start(new CounterRandom(7));

        once.RowsOf(0).ToArray().Should().Equal(twice.RowsOf(0).ToArray());
        once.RowsOf(0).ToArray().Order().Should().Equal(Enumerable.Range(0, 50));
        once.RowsOf(0).ToArray().Should().NotBeInAscendingOrder();
    }

    [Fact]
    public void Next_ShuffledRowsOfAPart_HasEachWithItsTargetAndWeight()
    {
        var builder = new DatasetBuilder(2, hasWeights: true);
        for (var i = 0; i < 400; i++)
            builder.Add([i, -i], target: i % 3, weight: i / 2f);
        var (_, part) = builder.ToDataset().Split(0.5f, seed: 1);
        using var batches = part.InBatches(150);   // several blocks of rows
        batches.Start(new CounterRandom(7));

        var (first, seen) = (batches.Next(), new List<float>());
        for (var row = 0; row < first.Rows; row++)
        {
            var number = first.Features[2 * row];
            (first.Features[2 * row + 1], first.Targets[row], first.Weights[row]).Should().Be((-number, number % 3, number / 2));
            seen.Add(number);
        }

        seen.Should().HaveCount(150).And.OnlyHaveUniqueItems().And.NotBeInAscendingOrder();
        batches.Next().Rows.Should().Be(50);
    }

    [Theory]
    [InlineData(false, 9.0)]
    [InlineData(true, null)]
    public void Load_Weights_AreEmptyUnlessTheDataHasThem(bool weighted, double? total)
    {
        var data = Some.Clusters(9, 3, 2, seed: 1, weighted);
        var batches = data.InBatches(20);
        batches.Start(shuffle: null);
        var batch = batches.Next();

        batch.Rows.Should().Be(9);
        batch.Features.Length.Should().Be(27);
        batch.Weights.Length.Should().Be(weighted ? 9 : 0);
        batch.TotalWeight.Should().Be(total ?? data.TotalWeight);
    }

    [Fact]
    public void Make_BatchSizeOne_Throws()
    {
        var make = () => new DatasetBatches(Some.Clusters(9, 3, 2, seed: 1), 1);

        make.Should().Throw<ArgumentException>().WithMessage("batchSize must be at least 2*");
    }
}
