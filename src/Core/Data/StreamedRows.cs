namespace MLNet.BatchNorm.Core.Data;

/// <summary>Rows that are too many for memory and are read again for every epoch, shuffled in a pool of some of them.</summary>
internal sealed class StreamedRows : RowSource
{
    private readonly IRowStream stream;
    private readonly RowPoolLender pool;

    /// <param name="stream">The rows.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="totalWeight">The sum of their weights.</param>
    /// <param name="pool">Memory of those that are held to draw from; the more, the better shuffled.</param>
    public StreamedRows(IRowStream stream, int rows, double totalWeight, RowPoolLender pool)
    {
        this.stream = stream;
        this.pool = pool;
        Rows = rows;
        TotalWeight = totalWeight;
    }

    public override int Inputs => stream.Inputs;

    public override int Rows { get; }

    public override bool HasWeights => stream.HasWeights;

    public override bool IsSparse => stream.IsSparse;

    public override double TotalWeight { get; }

    public override Batches InBatches(int batchSize) => new StreamedBatches(this, stream, pool, batchSize);

    public override IEnumerable<(float Target, float Weight)> Labels()
    {
        var row = new Batch(Inputs, largest: 1, IsSparse);
        using var cursor = stream.Open();
        for (row.Clear(hasWeights: true); row.Read(cursor); row.Clear(hasWeights: true))
            yield return (row.Targets[0], row.Weights[0]);
    }

    public override RowSource WithTargets(Func<float, float> change) =>
        new StreamedRows(new MappedStream(stream, HasWeights, (target, weight) => (change(target), weight)), Rows, TotalWeight, pool);

    public override RowSource WithWeightFactors(Func<float, float> factorOfTarget)
    {
        var reweighted = new MappedStream(stream, true, (target, weight) => (target, weight * factorOfTarget(target)));
        return new StreamedRows(reweighted, Rows, Labels().Sum(row => (double)row.Weight * factorOfTarget(row.Target)), pool);
    }

    /// <summary>
    /// Every row is drawn for itself: about <paramref name="fraction"/> of every class, where a <see cref="Dataset"/> takes exactly that.
    /// Of a class whose rows are all drawn, the first one trains.
    /// </summary>
    public override (RowSource Training, RowSource Validation) Split(float fraction, int seed, int classes = 0)
    {
        Require.FractionBelowOne(fraction, nameof(fraction));
        var random = new CounterRandom((ulong)seed).Derive(RandomStream.Split);
        var kept = FirstOfStarvedClasses();
        var (training, validation) = (Part(false), Part(true));
        return validation.Rows > 0 && training.Rows > 0 ? (training, validation) : throw NothingLeft(fraction);

        bool IsDrawn(long row) => random.Derive((ulong)row).NextSingle() < fraction;

        HashSet<long> FirstOfStarvedClasses()
        {
            var first = new Dictionary<int, long>();
            var trained = new bool[classes];
            if (classes > 0)
                foreach (var (row, (target, _)) in Labels().Index())
                {
                    first.TryAdd((int)target, row);
                    trained[(int)target] |= !IsDrawn(row);
                }

            return [.. first.Where(ofClass => !trained[ofClass.Key]).Select(ofClass => ofClass.Value)];
        }

        StreamedRows Part(bool ofValidation)
        {
            var part = new FilteredStream(stream, row => (IsDrawn(row) && !kept.Contains(row)) == ofValidation);
            var all = new StreamedRows(part, 0, 0, pool);
            var (rows, weight) = all.Labels().Aggregate((Rows: 0, Weight: 0.0), (sum, row) => (sum.Rows + 1, sum.Weight + row.Weight));
            return new StreamedRows(part, rows, weight, pool);
        }
    }

    private sealed class MappedStream(IRowStream inner, bool hasWeights, Func<float, float, (float, float)> map) : IRowStream
    {
        public int Inputs => inner.Inputs;

        public bool HasWeights => hasWeights;

        public bool IsSparse => inner.IsSparse;

        public IRowCursor Open() => new Cursor(inner.Open(), map);

        private sealed class Cursor(IRowCursor inner, Func<float, float, (float Target, float Weight)> map) : IRowCursor
        {
            public bool Read(Span<float> features, out float target, out float weight)
            {
                if (!inner.Read(features, out target, out weight))
                    return false;
                (target, weight) = map(target, weight);
                return true;
            }

            public bool Read(SparseBuffer features, out float target, out float weight)
            {
                if (!inner.Read(features, out target, out weight))
                    return false;
                (target, weight) = map(target, weight);
                return true;
            }

            public void Dispose() => inner.Dispose();
        }
    }

    private sealed class FilteredStream(IRowStream inner, Func<long, bool> takes) : IRowStream
    {
        public int Inputs => inner.Inputs;

        public bool HasWeights => inner.HasWeights;

        public bool IsSparse => inner.IsSparse;

        public IRowCursor Open() => new Cursor(inner.Open(), takes);

        private sealed class Cursor(IRowCursor inner, Func<long, bool> takes) : IRowCursor
        {
            private long row;

            public bool Read(Span<float> features, out float target, out float weight)
            {
                while (inner.Read(features, out target, out weight))
                    if (takes(row++))
                        return true;
                return false;
            }

            public bool Read(SparseBuffer features, out float target, out float weight)
            {
                while (inner.Read(features, out target, out weight))
                {
                    if (takes(row++))
                        return true;
                    features.RemoveLast();
                }

                return false;
            }

            public void Dispose() => inner.Dispose();
        }
    }
}
