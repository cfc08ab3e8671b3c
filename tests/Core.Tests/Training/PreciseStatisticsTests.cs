using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

public class PreciseStatisticsTests
{
    private const int BatchSize = 16;
    private const int Seed = 9;

    [Theory]
    [InlineData(100, 100)]   // 6 batches and 4 rows
    [InlineData(int.MaxValue, 100)]
    [InlineData(50, 50)]
    [InlineData(7, 7)]
    [InlineData(33, 32)]     // a single row would have no variance
    public void Recompute_SomeRows_GivesTheStatisticsOfThoseThatAreDrawn(int rows, int used)
    {
        var training = Some.Clusters(100, 5, 3, seed: 2);
        var (network, expected) = (Some.SmallNetwork(), Some.SmallNetwork());

        PreciseStatistics.Recompute(network, training, rows, Settings(Seed));

        expected.RecomputeStatistics(Drawn(training).AsSpan(0, used * 5), BatchSize);
        Saved.Bytes(network).Should().Equal(Saved.Bytes(expected)).And.NotEqual(Saved.Bytes(Some.SmallNetwork()));
    }

    [Fact]
    public void Recompute_AnotherSeed_DrawsOtherRows()
    {
        var training = Some.Clusters(100, 5, 3, seed: 2);
        var (network, other) = (Some.SmallNetwork(), Some.SmallNetwork());

        PreciseStatistics.Recompute(network, training, 50, Settings(Seed));
        PreciseStatistics.Recompute(other, training, 50, Settings(Seed + 1));

        Saved.Bytes(network).Should().NotEqual(Saved.Bytes(other));
    }

    [Fact]
    public void Recompute_ManyLargeRows_HoldsABatchOfThem()
    {
        const int inputs = 10_000;
        var training = RowSource.Read(new LargeRows(inputs, 1_000), budget: BatchSize * sizeof(float) * inputs);
        var network = new Network(NetworkDefinition.Empty.BatchNorm().Dense(1), Shape.Vector(inputs), seed: 1);
        var before = GC.GetAllocatedBytesForCurrentThread();

        PreciseStatistics.Recompute(network, training, int.MaxValue, Settings(Seed));

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000_000);   // all of them are 40 MB
        ((BatchNormLayer)network.Layers[0]).RunningMean[0].Should().BeApproximately(499.5f, 1e-3f);
    }

    private static TrainingSettings Settings(int seed) => new() { BatchSize = BatchSize, Seed = seed };

    private static float[] Drawn(RowSource training)
    {
        using var batches = training.InBatches(training.Rows);
        batches.Start(new CounterRandom(Seed).Derive(RandomStream.Statistics));
        return batches.Next().Features.ToArray();
    }

    /// <summary>Rows of their own number.</summary>
    private sealed class LargeRows(int inputs, int rows) : IRowStream
    {
        public int Inputs => inputs;

        public bool HasWeights => false;

        public IRowCursor Open() => new Cursor(rows);

        private sealed class Cursor(int rows) : IRowCursor
        {
            private int read;

            public bool Read(Span<float> features, out float target, out float weight)
            {
                features.Fill(read);
                (target, weight) = (0, 1);
                return read++ < rows;
            }

            public void Dispose()
            {
            }
        }
    }
}
