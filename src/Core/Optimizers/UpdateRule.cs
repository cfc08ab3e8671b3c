using System.Numerics;
using System.Runtime.InteropServices;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>An optimizer at work: knows its parameters and what it keeps per parameter, never layers or data.</summary>
internal abstract class UpdateRule(Optimizer options, IReadOnlyList<Parameter> parameters)
{
    private const int ElementsPerBlock = 1 << 14;
    private const int ElementsPerPiece = 1 << 11;   // of touched rows: weights, gradients and slots stay in the first-level cache
    private const int OperationsPerElement = 64;   // about four numbers moved for each weight

    private readonly Optimizer options = options;
    private readonly List<AlignedBuffer[]> slots = [];
    private AlignedBuffer[] pieces = [];   // of touched rows: weights, gradients, and each slot

    public IReadOnlyList<Parameter> Parameters { get; } = parameters;

    /// <inheritdoc cref="Optimizer.RuleName"/>
    public string Name => options.RuleName;

    /// <summary>What the learning rate of each parameter is multiplied with; 0 or more.</summary>
    public IReadOnlyList<float> LearningRateFactors { get; set; } = [.. parameters.Select(_ => 1f)];

    /// <summary>Steps so far.</summary>
    public long Steps { get; set; }

    /// <summary>What the rule remembers: for each kind of memory one buffer per parameter, padded as the parameter is.</summary>
    public IReadOnlyList<AlignedBuffer[]> Slots => slots;

    /// <summary>Changes every parameter once, from the gradients of the last backward pass. One pass over memory per parameter.</summary>
    public void Step(float learningRate)
    {
        Steps++;
        GradientClipping.Clip(Parameters, options.ClipValue, options.ClipNorm);
        Prepare();
        for (var p = 0; p < Parameters.Count; p++)
            if (Parameters[p].IsSparse)
                UpdateTouchedRows(p, learningRate * LearningRateFactors[p]);
            else
                UpdateAll(p, learningRate * LearningRateFactors[p]);
    }

    /// <summary>Computes what a step needs for all parameters alike.</summary>
    protected virtual void Prepare()
    {
    }

    /// <summary>Changes a part of parameter number <paramref name="p"/>. Must map zeros to zeros: the padding relies on it.</summary>
    protected abstract void Update(int p, ParameterVectors part, float learningRate);

    /// <summary>Room for one more number per weight; zeros at first.</summary>
    protected AlignedBuffer[] NewSlot()
    {
        AlignedBuffer[] slot = [.. Parameters.Select(parameter => new AlignedBuffer(parameter.PaddedValue.Length))];
        slots.Add(slot);
        return slot;
    }

    private void UpdateAll(int p, float learningRate)
    {
        var length = Parameters[p].PaddedGradient.Length;
        var blocks = Math.Clamp(length / ElementsPerBlock, 1, BlockRunner.MaxBlocks);
        var job = new UpdateJob(this, p, learningRate, blocks);
        BlockRunner.Run(ref job, blocks, OperationsPerElement * (long)length);
    }

    /// <summary>
    /// Rows of zero gradient stay as they are, with all that is remembered of them, whatever the rule, momentum and weight decay would do
    /// (the "lazy" update of torch.optim.SparseAdam and TensorFlow Addons' LazyAdam): a step costs what the touched rows cost.
    /// </summary>
    private void UpdateTouchedRows(int p, float learningRate)
    {
        var parameter = Parameters[p];
        var size = parameter.RowLength;
        var rowsPerPiece = Math.Max(1, ElementsPerPiece / size);
        if (pieces.Length == 0 || pieces[0].Length < size)
        {
            var length = AlignedBuffer.WholeLines(Math.Max(ElementsPerPiece, size));
            pieces = [.. Enumerable.Range(0, 2 + slots.Count).Select(_ => new AlignedBuffer(length))];
        }

        for (var first = 0; first < parameter.TouchedRows.Length; first += rowsPerPiece)
        {
            var rows = parameter.TouchedRows[first..Math.Min(first + rowsPerPiece, parameter.TouchedRows.Length)];
            var gradient = parameter.Gradient.Slice(first * size, rows.Length * size);
            UpdatePiece(p, rows, gradient, learningRate);
        }
    }

    // The rule sees the piece in place of the parameter: in memory of whole cache lines, which the rows need not be.
    private void UpdatePiece(int p, ReadOnlySpan<int> rows, ReadOnlySpan<float> gradient, float learningRate)
    {
        var parameter = Parameters[p];
        var length = AlignedBuffer.WholeLines(gradient.Length);
        foreach (var piece in pieces)
            piece.Span[gradient.Length..length].Clear();
        gradient.CopyTo(pieces[1].Span);
        Gather(parameter.Value, rows, pieces[0].Span);
        for (var s = 0; s < slots.Count; s++)
        {
            Gather(slots[s][p].Span, rows, pieces[2 + s].Span);
            (slots[s][p], pieces[2 + s]) = (pieces[2 + s], slots[s][p]);
        }

        var vectors = new ParameterVectors(pieces[0].Span[..length], pieces[1].Span[..length], parameter.Decays, options, 0, 1);
        Update(p, vectors, learningRate);

        Scatter(pieces[0].Span, rows, parameter.Value);
        for (var s = 0; s < slots.Count; s++)
        {
            (slots[s][p], pieces[2 + s]) = (pieces[2 + s], slots[s][p]);
            Scatter(pieces[2 + s].Span, rows, slots[s][p].Span);
        }

        void Gather(ReadOnlySpan<float> from, ReadOnlySpan<int> rows, Span<float> to)
        {
            var size = parameter.RowLength;
            for (var i = 0; i < rows.Length; i++)
                from.Slice(rows[i] * size, size).CopyTo(to[(i * size)..]);
        }

        void Scatter(ReadOnlySpan<float> from, ReadOnlySpan<int> rows, Span<float> to)
        {
            var size = parameter.RowLength;
            for (var i = 0; i < rows.Length; i++)
                from.Slice(i * size, size).CopyTo(to[(rows[i] * size)..]);
        }
    }

    private readonly struct UpdateJob(UpdateRule rule, int p, float learningRate, int blocks) : IBlockJob
    {
        public void Run(int block)
        {
            var parameter = rule.Parameters[p];
            var vectors = new ParameterVectors(
                parameter.PaddedValue, parameter.PaddedGradient, parameter.Decays, rule.options, block, blocks);
            rule.Update(p, vectors, learningRate);
        }
    }
}

/// <summary>
/// Weights and gradients of one of several parts of a parameter as whole vectors; both are padded with zeros to whole cache lines, as the
/// parts are, so there is nothing left over at the end.
/// </summary>
internal readonly ref struct ParameterVectors
{
    private readonly int first;

    public ParameterVectors(Span<float> weights, Span<float> gradients, bool decays, Optimizer options, int part, int parts)
    {
        var (firstLine, endLine) = BlockRunner.Part(weights.Length / AlignedBuffer.LineLength, part, parts);
        first = firstLine * (AlignedBuffer.LineLength / Vector<float>.Count);
        Length = (endLine - firstLine) * (AlignedBuffer.LineLength / Vector<float>.Count);
        Weight = PartOf(weights);
        Gradient = PartOf(gradients);
        IsPenalized = decays || options.PenalizeAll;
        var l2 = IsPenalized ? options.L2Penalty : 0;
        var l1 = IsPenalized ? options.L1Penalty : 0;
        if (l2 != 0 || l1 != 0)
            Gradient = Penalized(Weight, Gradient, l2, l1);
    }

    public Span<Vector<float>> Weight { get; }

    /// <summary>With the penalties.</summary>
    public ReadOnlySpan<Vector<float>> Gradient { get; }

    /// <summary>Whether weight decay and penalties hold for it.</summary>
    public bool IsPenalized { get; }

    public int Length { get; }

    /// <summary>The same part of numbers that are kept for each weight.</summary>
    public Span<Vector<float>> PartOf(AlignedBuffer padded) => PartOf(padded.Span);

    private Span<Vector<float>> PartOf(Span<float> padded) => MemoryMarshal.Cast<float, Vector<float>>(padded).Slice(first, Length);

    /// <summary>
    /// gradient + l2 * weight + l1 * sign(weight), with sign(0) = 0. A copy: the gradient itself is there to be looked at.
    /// </summary>
    private static unsafe ReadOnlySpan<Vector<float>> Penalized(
        ReadOnlySpan<Vector<float>> weights, ReadOnlySpan<Vector<float>> gradients, float l2, float l1)
    {
        var penalized = new Span<Vector<float>>(ScratchBuffer.Result.AtLeast(weights.Length * Vector<float>.Count), weights.Length);
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = weights[i];
            var isZero = Vector.Equals(weight, Vector<float>.Zero);
            var sign = Vector.ConditionalSelect(isZero, Vector<float>.Zero, Vector.CopySign(Vector<float>.One, weight));
            penalized[i] = gradients[i] + l2 * weight + l1 * sign;
        }

        return penalized;
    }
}
