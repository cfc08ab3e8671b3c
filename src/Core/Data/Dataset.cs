namespace MLNet.BatchNorm.Core.Data;

/// <summary>Examples in memory: a choice of rows of a table of features, with a target and perhaps a weight each. Immutable.</summary>
internal sealed class Dataset : RowSource
{
    private readonly FeatureTable features;
    private readonly float[] targets;
    private readonly float[]? weights;
    private readonly int[] rows;

    internal Dataset(int inputs, float[] features, float[] targets, float[]? weights, int[] rows)
        : this(new DenseTable(inputs, features), targets, weights, rows)
    {
    }

    internal Dataset(FeatureTable features, float[] targets, float[]? weights, int[] rows)
    {
        this.features = features;
        this.targets = targets;
        this.weights = weights;
        this.rows = rows;
    }

    public override int Inputs => features.Inputs;

    public override bool IsSparse => features is SparseTable;

    public override int Rows => rows.Length;

    public override bool HasWeights => weights is not null;

    public override double TotalWeight => weights is null ? Rows : rows.Sum(row => (double)weights[row]);

    public override Batches InBatches(int batchSize) => new DatasetBatches(this, batchSize);

    public override IEnumerable<(float Target, float Weight)> Labels() => rows.Select(row => (targets[row], weights?[row] ?? 1));

    public override RowSource WithTargets(Func<float, float> change)
    {
        var changed = new float[targets.Length];
        foreach (var row in rows)
            changed[row] = change(targets[row]);
        return new Dataset(features, changed, weights, rows);
    }

    public override RowSource WithWeightFactors(Func<float, float> factorOfTarget)
    {
        var reweighted = new float[targets.Length];
        foreach (var row in rows)
            reweighted[row] = (weights?[row] ?? 1) * factorOfTarget(targets[row]);
        return new Dataset(features, targets, reweighted, rows);
    }

    /// <summary>The features of a row, counted from 0, if they are dense.</summary>
    public ReadOnlySpan<float> FeaturesOf(int row) => ((DenseTable)features)[rows[row]];

    /// <summary>Adds the features of a row to a batch.</summary>
    public void AddFeatures(Batch batch, int row) => features.AddTo(batch, rows[row]);

    public float TargetOf(int row) => targets[rows[row]];

    /// <summary>1 if there are no weights.</summary>
    public float WeightOf(int row) => weights?[rows[row]] ?? 1;

    /// <summary>
    /// Takes floor(rows * fraction) rows at random for validation. Every target value (class) gives its share: rows are shuffled, ordered
    /// by target, and taken at even distances. Fewer are taken where not enough are left besides one row of each class to train on.
    /// </summary>
    /// <exception cref="ArgumentException">Not a single row would be left for one of the two.</exception>
    public override (RowSource Training, RowSource Validation) Split(float fraction, int seed, int classes = 0)
    {
        Require.FractionBelowOne(fraction, nameof(fraction));
        if (Rows * (double)fraction < 1)
            throw NothingLeft(fraction);

        var order = (int[])rows.Clone();
        new CounterRandom((ulong)seed).Derive(RandomStream.Split).Shuffle(order);
        order = [.. order.OrderBy(row => targets[row])];   // a stable sort: the shuffle decides within a class
        float[] ordered = [.. order.Select(row => targets[row])];
        var validates = Stratification.EvenlySpaced(ordered, fraction);
        if (classes > 0)
            Stratification.KeepClasses(ordered, validates);

        var (training, validation) = (Part(false), Part(true));
        return training.Rows > 0 && validation.Rows > 0 ? (training, validation) : throw NothingLeft(fraction);

        Dataset Part(bool ofValidation)
        {
            int[] chosen = [.. order.Where((_, position) => validates[position] == ofValidation)];
            Array.Sort(chosen);
            return new Dataset(features, targets, weights, chosen);
        }
    }
}

/// <summary>Collects the rows of a <see cref="Dataset"/>, whose number need not be known before, but at most how many.</summary>
internal sealed class DatasetBuilder(int inputs, bool hasWeights, bool isSparse = false, int mostRows = int.MaxValue)
{
    private FeatureTable features = FeatureTable.New(inputs, isSparse);
    private float[] targets = [];
    private float[] weights = [];

    public int Rows { get; private set; }

    /// <summary>
    /// Adds one dense row. The weight counts only if the builder was told that there are weights; it must be 0 or more.
    /// </summary>
    public void Add(ReadOnlySpan<float> row, float target, float weight = 1)
    {
        if (row.Length != inputs)
            throw new ArgumentException($"Rows of {inputs} features were expected, row {Rows} has {row.Length}.", nameof(row));
        ((DenseTable)features).Set(Rows, row);
        Add(target, weight);
    }

    /// <summary>Adds the only row of a batch.</summary>
    public void Add(Batch only)
    {
        features.Set(Rows, only);
        Add(only.Targets[0], only.Weights[0]);
    }

    /// <summary>All rows so far. The builder hands its memory over and starts anew.</summary>
    public Dataset ToDataset()
    {
        var dataset = new Dataset(features, targets, hasWeights ? weights : null, [.. Enumerable.Range(0, Rows)]);
        (features, targets, weights, Rows) = (FeatureTable.New(inputs, isSparse), [], [], 0);
        return dataset;
    }

    /// <summary>The first rows as a pool. The builder hands its memory over and starts anew.</summary>
    public RowPool ToPool(int rows)
    {
        features.Trim(rows);
        var pool = new RowPool(features, targets, hasWeights ? weights : new float[targets.Length]);
        (features, targets, weights, Rows) = (FeatureTable.New(inputs, isSparse), [], [], 0);
        return pool;
    }

    private void Add(float target, float weight)
    {
        if (Rows == targets.Length)
            Grow();
        targets[Rows] = target;
        if (hasWeights)
            weights[Rows] = Require.NotNegative(weight, nameof(weight));
        Rows++;
    }

    private void Grow()
    {
        var most = Math.Min(mostRows, isSparse ? Array.MaxLength : Array.MaxLength / inputs);
        if (Rows == most)
            throw new InvalidOperationException($"More than {most} rows of {inputs} features do not fit into memory at once.");
        var capacity = (int)Math.Min(Math.Max(64, 2L * Rows), most);
        Array.Resize(ref targets, capacity);
        if (hasWeights)
            Array.Resize(ref weights, capacity);
    }
}
