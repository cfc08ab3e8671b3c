using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Data;

/// <summary>Rows side by side. There is one per loop, filled again for every batch.</summary>
internal sealed class Batch
{
    private readonly int inputs;
    private readonly AlignedBuffer features;
    private readonly AlignedBuffer targets;
    private readonly AlignedBuffer weights;
    private bool weighted;

    public Batch(int inputs, int largest, bool isSparse = false)
    {
        this.inputs = inputs;
        Sparse = isSparse ? new SparseBuffer() : null;
        features = new AlignedBuffer(isSparse ? 0 : checked(largest * inputs));
        targets = new AlignedBuffer(largest);
        weights = new AlignedBuffer(largest);
    }

    /// <summary>Features per row.</summary>
    public int Inputs => inputs;

    public int Rows { get; private set; }

    /// <summary>The features of sparse rows, which are added to it row by row; null if they are dense.</summary>
    public SparseBuffer? Sparse { get; }

    /// <summary>A copy of dense rows: augmentation changes it.</summary>
    public Span<float> Features => features.Span[..(Rows * inputs)];

    public ReadOnlySpan<float> Targets => targets.Span[..Rows];

    /// <summary>Empty if all rows count the same.</summary>
    public ReadOnlySpan<float> Weights => weights.Span[..(weighted ? Rows : 0)];

    /// <summary>The sum of the weights; without weights the number of rows.</summary>
    public double TotalWeight
    {
        get
        {
            if (!weighted)
                return Rows;
            var sum = 0.0;
            foreach (var weight in Weights)
                sum += weight;
            return sum;
        }
    }

    /// <summary>Starts a batch of no rows yet.</summary>
    public void Clear(bool hasWeights)
    {
        weighted = hasWeights;
        Rows = 0;
        Sparse?.Clear();
    }

    /// <summary>Adds the next row that there is.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Read(IRowCursor cursor)
    {
        if (!(Sparse is null ? cursor.Read(NewRow(), out var target, out var weight) : cursor.Read(Sparse, out target, out weight)))
            return false;
        Add(target, weight);
        return true;
    }

    /// <summary>What a network gives for the rows, or for the first of them.</summary>
    public Span<float> Through(Network network, Pass pass, int? rows = null)
    {
        var count = rows ?? Rows;
        return Sparse is null
            ? network.Forward(Features[..(count * inputs)], count, pass)
            : network.Forward(Sparse.All.Slice(0, count), pass);
    }

    /// <summary>Where the features of the next row belong.</summary>
    public Span<float> NewRow() => features.Span.Slice(Rows * inputs, inputs);

    /// <summary>
    /// Adds a row. Its features are written to <see cref="NewRow"/> or <see cref="Sparse"/> before, or to <see cref="Features"/>
    /// afterwards.
    /// </summary>
    public void Add(float target, float weight)
    {
        targets.Span[Rows] = target;
        weights.Span[Rows] = weight;
        Rows++;
    }
}
