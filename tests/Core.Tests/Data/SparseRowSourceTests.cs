using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Data;

public class SparseRowSourceTests
{
    private const int Rows = 700, Inputs = 60;

    private static readonly float[] Features = SparseSome.Dense(Rows, Inputs, seed: 1);

    private static readonly long Bytes = Enumerable.Range(0, Rows).Sum(row => RowSource.BytesOfSparse(ValuesOf(row)));

    [Fact]
    public void Read_SparseRowsAsLargeAsTheBudget_AreInMemory_OneByteLessIsStreamed()
    {
        Read(Bytes).Should().BeOfType<Dataset>().Which.IsSparse.Should().BeTrue();
        var streamed = Read(Bytes - 1);

        streamed.Should().BeOfType<StreamedRows>();
        (streamed.IsSparse, streamed.Rows, streamed.Inputs, streamed.TotalWeight).Should().Be((true, Rows, Inputs, 700 / 4 * 10.0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void InBatches_InMemoryOrStreamed_HaveTheFeaturesTargetsAndWeightsOfTheDenseRows(bool isStreamed)
    {
        using var batches = Read(isStreamed ? Bytes / 10 : Bytes).InBatches(64);
        foreach (var seed in new ulong?[] { null, 1, 2 })
            RowsOf(batches, seed).Order().Should().Equal(Enumerable.Range(0, Rows).Select(row =>
                Text(Features.AsSpan(row * Inputs, Inputs), row % 3, 1 + row % 4)).Order());
        RowsOf(batches, 1).Should().NotEqual(RowsOf(batches, 2));
    }

    // A place of the pool must take any row.
    [Fact]
    public void InBatches_Streamed_PoolHasAsManyPlacesAsTheLongestRowFitsIntoTheBudget()
    {
        var budget = Bytes / 10;
        var places = (int)(budget / RowSource.BytesOfSparse(Enumerable.Range(0, Rows).Max(ValuesOf)));
        var read = Read(budget);
        string[] rows = RowsOf(read.InBatches(64), null);

        int[] order = [.. RowsOf(read.InBatches(64), 1).Select(row => Array.IndexOf(rows, row))];

        order.Select((row, i) => row - i).Max().Should().Be(places - 1);
    }

    [Fact]
    public void InBatches_TwoAtOnce_DoNotShareThePool()
    {
        var rows = Read(Bytes / 10);
        using var first = rows.InBatches(64);
        using var second = rows.InBatches(64);
        var expected = RowsOf(second, 3);
        first.Start(new CounterRandom(1));

        RowsOf(second, 3).Should().Equal(expected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Split_InMemoryOrStreamed_EveryRowIsInOneOfTheTwo(bool isStreamed)
    {
        var rows = Read(isStreamed ? Bytes / 10 : Bytes);

        var (training, validation) = rows.Split(0.25f, seed: 1, classes: 3);

        (training.IsSparse, validation.IsSparse).Should().Be((true, true));
        string[] Of(RowSource source) => RowsOf(source.InBatches(64), null);
        Of(training).Concat(Of(validation)).Order().Should().Equal(Of(rows).Order());
        Of(training.WithTargets(target => target + 1)).Should().NotEqual(Of(training));
    }

    private static RowSource Read(long budget) => RowSource.Read(new SparseSome.Stream(Features, Inputs, true, isSparse: true), budget);

    private static int ValuesOf(int row) => Inputs - Features.AsSpan(row * Inputs, Inputs).Count(0f);

    private static string[] RowsOf(Batches batches, ulong? seed)
    {
        var rows = new List<string>();
        batches.Start(seed is { } value ? new CounterRandom(value) : null);
        for (var i = 0; i < batches.Count; i++)
        {
            var batch = batches.Next();
            var dense = new float[batch.Rows * Inputs];
            batch.Sparse!.All.CopyTo(dense, Inputs);
            for (var row = 0; row < batch.Rows; row++)
                rows.Add(Text(dense.AsSpan(row * Inputs, Inputs), batch.Targets[row], batch.Weights[row]));
        }

        return [.. rows];
    }

    private static string Text(ReadOnlySpan<float> features, float target, float weight) =>
        $"{string.Join(' ', features.ToArray())}: {target}, {weight}";
}
