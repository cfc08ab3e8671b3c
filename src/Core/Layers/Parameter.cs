using System.Numerics;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Layers;

/// <summary>Numbers that training changes, with their gradient.</summary>
internal sealed class Parameter
{
    private readonly AlignedBuffer value;
    private AlignedBuffer? gradient;

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

    /// <summary>The gradient of the last backward pass, which overwrites it.</summary>
    public Span<float> Gradient => PaddedGradient[..Length];

    /// <summary>
    /// <see cref="Value"/> and zeros up to a whole number of vectors, so that an update rule needs no code for what is left over.
    /// </summary>
    public Span<float> PaddedValue => value.Span;

    /// <summary>
    /// <see cref="Gradient"/>, padded like <see cref="PaddedValue"/>. Made when first asked for: a model that only predicts has none.
    /// </summary>
    public Span<float> PaddedGradient => (gradient ??= new AlignedBuffer(PaddedLength)).Span;

    private int PaddedLength => checked((Length + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count);
}
