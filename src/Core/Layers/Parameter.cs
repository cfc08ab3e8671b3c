using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>Numbers that training changes, with their gradient.</summary>
internal sealed class Parameter
{
    private readonly AlignedBuffer value;
    private AlignedBuffer? gradient;
    private AlignedBuffer rowGradients = new(0);
    private int[] touchedRows = [];
    private int touched;

    public Parameter(string name, int length, bool decays) : this(name, [length], decays)
    {
    }

    public Parameter(string name, IReadOnlyList<int> dimensions, bool decays)
    {
        Name = name;
        Dimensions = dimensions;
        Length = dimensions.Aggregate(1, (product, size) => checked(product * size));
        Decays = decays;
        value = new AlignedBuffer(PaddedLength);
    }

    /// <summary>Layer and role: "dense1.weight".</summary>
    public string Name { get; }

    /// <summary>The last one varies fastest in <see cref="Value"/>.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    public int Length { get; }

    /// <summary>Whether weight decay applies: to weights, not to biases, gamma and beta.</summary>
    public bool Decays { get; }

    public Span<float> Value => value.Span[..Length];

    /// <summary>
    /// The gradient of the last backward pass, which overwrites it; of the <see cref="TouchedRows"/> alone, side by side, if it is sparse.
    /// </summary>
    public Span<float> Gradient => IsSparse ? rowGradients.Span[..(touched * RowLength)] : PaddedGradient[..Length];

    /// <summary>
    /// Whether the last backward pass came from sparse rows: the gradient of all rows (first dimension) of <see cref="Value"/> but the
    /// <see cref="TouchedRows"/> is 0 and not stored.
    /// </summary>
    public bool IsSparse { get; private set; }

    /// <summary>If the gradient is sparse: the rows that it is of, each once, in any order.</summary>
    public ReadOnlySpan<int> TouchedRows => touchedRows.AsSpan(0, touched);

    /// <summary>Numbers in a row of <see cref="TouchedRows"/>.</summary>
    public int RowLength => Length / Dimensions[0];

    /// <summary>
    /// <see cref="Value"/> and zeros up to a whole number of cache lines, which are whole vectors of every width, so that an update rule
    /// needs no code for what is left over.
    /// </summary>
    public Span<float> PaddedValue => value.Span;

    /// <summary>
    /// <see cref="Gradient"/>, padded like <see cref="PaddedValue"/>. Made when first asked for: a model that only predicts has none.
    /// </summary>
    public Span<float> PaddedGradient => (gradient ??= new AlignedBuffer(PaddedLength)).Span;

    /// <summary>Makes the gradient one of these rows, and returns it to be filled.</summary>
    public Span<float> TouchRows(ReadOnlySpan<int> rows)
    {
        if (touchedRows.Length < rows.Length)
        {
            touchedRows = new int[Math.Min(Dimensions[0], Math.Max(rows.Length, 2 * touchedRows.Length))];
            rowGradients = new AlignedBuffer(checked(touchedRows.Length * RowLength));
        }

        rows.CopyTo(touchedRows);
        touched = rows.Length;
        IsSparse = true;
        return Gradient;
    }

    /// <summary>Makes the gradient one of all rows, and returns it to be filled.</summary>
    public Span<float> TouchAll()
    {
        IsSparse = false;
        return Gradient;
    }

    private int PaddedLength => AlignedBuffer.WholeLines(Length);
}
