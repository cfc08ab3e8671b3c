using MLNet.BatchNorm.Core.Data;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Arbitrary but repeatable rows of which few features are not 0, both ways.</summary>
internal static class SparseSome
{
    /// <summary>rows x inputs; about one in ten is not 0, and the first row has none at all.</summary>
    public static float[] Dense(int rows, int inputs, int seed)
    {
        var random = new CounterRandom((ulong)seed);
        var values = new float[rows * inputs];
        for (var i = inputs; i < values.Length; i++)
            values[i] = random.NextBelow(10) == 0 ? random.NextGaussian() : 0;
        return values;
    }

    public static SparseBuffer Sparse(ReadOnlySpan<float> dense, int inputs)
    {
        var buffer = new SparseBuffer();
        for (var start = 0; start < dense.Length; start += inputs)
            buffer.Add(dense.Slice(start, inputs), []);
        return buffer;
    }

    /// <summary>Rows of three classes, the same ones sparse and dense. Columns of the last tenth have no value.</summary>
    public static (RowSource Sparse, RowSource Dense) Rows(int rows, int inputs, int seed, bool weighted = false, int budget = int.MaxValue)
    {
        var dense = Dense(rows, inputs, seed);
        for (var row = 0; row < rows; row++)
            dense.AsSpan((row * inputs) + (inputs * 9 / 10), inputs - (inputs * 9 / 10)).Clear();
        return (RowSource.Read(new Stream(dense, inputs, weighted, isSparse: true), budget),
            RowSource.Read(new Stream(dense, inputs, weighted, isSparse: false), budget));
    }

    /// <summary>The targets go 0, 1, 2, 0; the weights 1, 2, 3, 4, 1.</summary>
    public sealed class Stream(float[] dense, int inputs, bool weighted, bool isSparse) : IRowStream
    {
        public int Inputs => inputs;

        public bool HasWeights => weighted;

        public bool IsSparse => isSparse;

        public IRowCursor Open() => new Cursor(this, dense);

        private sealed class Cursor(Stream stream, float[] dense) : IRowCursor
        {
            private int row = -1;

            public bool Read(Span<float> features, out float target, out float weight)
            {
                if (!Move(out target, out weight))
                    return false;
                Current.CopyTo(features);
                return true;
            }

            public bool Read(SparseBuffer features, out float target, out float weight)
            {
                if (!Move(out target, out weight))
                    return false;
                features.Add(Current, []);
                return true;
            }

            public void Dispose()
            {
            }

            private ReadOnlySpan<float> Current => dense.AsSpan(row * stream.Inputs, stream.Inputs);

            private bool Move(out float target, out float weight)
            {
                row++;
                (target, weight) = (row % 3, stream.HasWeights ? 1 + row % 4 : 1);
                return row < dense.Length / stream.Inputs;
            }
        }
    }
}
