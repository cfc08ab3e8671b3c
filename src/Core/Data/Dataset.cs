using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Data;

/// <summary>Examples in memory: a choice of rows of a table of features, with a target and perhaps a weight each. Immutable.</summary>
internal sealed class Dataset : RowSource
{
    private readonly FeatureTable? features;
    private readonly SparseTable? sparseFeatures;
    private readonly float[] targets;
    private readonly float[]? weights;
    private readonly int[] rows;

    internal Dataset(int inputs, float[] features, float[] targets, float[]? weights, int[] rows)
        : this(inputs, new FeatureTable(inputs, features), sparseFeatures: null, targets, weights, rows)
    {
    }

    /// <summary>Rows of one of the two tables of features.</summary>
    internal Dataset(
        int inputs, FeatureTable? features, SparseTable? sparseFeatures, float[] targets, float[]? weights, int[] rows)
    {
        Inputs = inputs;
        this.features = features;
        this.sparseFeatures = sparseFeatures;
        this.targets = targets;
        this.weights = weights;
        this.rows = rows;
    }

    public override int Inputs { get; }

    public override bool IsSparse => sparseFeatures is not null;

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
        return new Dataset(Inputs, features, sparseFeatures, changed, weights, rows);
    }

    public override RowSource WithWeightFactors(Func<float, float> factorOfTarget)
    {
        var reweighted = new float[targets.Length];
        foreach (var row in rows)
            reweighted[row] = (weights?[row] ?? 1) * factorOfTarget(targets[row]);
        return new Dataset(Inputs, features, sparseFeatures, targets, reweighted, rows);
    }

    /// <summary>The features of a row, counted from 0, if they are dense.</summary>
    public ReadOnlySpan<float> FeaturesOf(int row) => features![rows[row]];

    /// <summary>The features of a row, if they are sparse.</summary>
    public SparseRows SparseFeaturesOf(int row) => sparseFeatures![rows[row]];

    public float TargetOf(int row) => targets[rows[row]];

    /// <summary>1 if there are no weights.</summary>
    public float WeightOf(int row) => weights?[rows[row]] ?? 1;

    /// <summary>
    /// Takes floor(rows * fraction) rows at random for validation. Every target value (class) gives its share: rows are shuffled, ordered
    /// by target, and taken at even distances.
    /// </summary>
    /// <exception cref="ArgumentException">Not a single row would be left for one of the two.</exception>
    public override (RowSource Training, RowSource Validation) Split(float fraction, int seed)
    {
        Require.FractionBelowOne(fraction, nameof(fraction));
        if (Rows * (double)fraction < 1)
            throw NothingLeft(fraction);

        var order = (int[])rows.Clone();
        new CounterRandom((ulong)seed).Derive(RandomStream.Split).Shuffle(order);
        var training = new List<int>(Rows);
        var validation = new List<int>();
        var position = 0;
        foreach (var row in order.OrderBy(row => targets[row]))   // a stable sort: the shuffle decides within a class
        {
            var taken = Math.Floor((position + 1) * (double)fraction) > Math.Floor(position * (double)fraction);
            (taken ? validation : training).Add(row);
            position++;
        }

        return (Of(training), Of(validation));
    }

    private Dataset Of(List<int> chosen)
    {
        chosen.Sort();
        return new Dataset(Inputs, features, sparseFeatures, targets, weights, [.. chosen]);
    }
}

/// <summary>Collects the rows of a <see cref="Dataset"/>, whose number need not be known before.</summary>
internal sealed class DatasetBuilder(int inputs, bool hasWeights, bool isSparse = false)
{
    private FeatureTable features = new(inputs);
    private SparseTable sparseFeatures = new();
    private float[] targets = [];
    private float[] weights = [];

    public int Rows { get; private set; }

    /// <summary>Adds one row. The weight counts only if the builder was told that there are weights; it must be 0 or more.</summary>
    public void Add(ReadOnlySpan<float> row, float target, float weight = 1)
    {
        if (row.Length != inputs)
            throw new ArgumentException($"Rows of {inputs} features were expected, row {Rows} has {row.Length}.", nameof(row));
        features.Set(Rows, row);
        Add(target, weight);
    }

    /// <summary>Adds one row to a builder of sparse ones.</summary>
    public void Add(SparseRows row, float target, float weight = 1)
    {
        sparseFeatures.Add(row);
        Add(target, weight);
    }

    /// <summary>All rows so far. The builder hands its memory over and starts anew.</summary>
    public Dataset ToDataset()
    {
        var dataset = new Dataset(
            inputs, isSparse ? null : features, isSparse ? sparseFeatures : null, targets, hasWeights ? weights : null,
            [.. Enumerable.Range(0, Rows)]);
        (features, sparseFeatures, targets, weights, Rows) = (new FeatureTable(inputs), new SparseTable(), [], [], 0);
        return dataset;
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
        var most = isSparse ? Array.MaxLength : Array.MaxLength / inputs;
        if (Rows == most)
            throw new InvalidOperationException($"More than {most} rows of {inputs} features do not fit into memory at once.");
        var capacity = (int)Math.Min(Math.Max(64, 2L * Rows), most);
        Array.Resize(ref targets, capacity);
        if (hasWeights)
            Array.Resize(ref weights, capacity);
    }
}
