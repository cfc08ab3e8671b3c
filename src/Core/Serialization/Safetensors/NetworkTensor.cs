using System.Buffers.Binary;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>A tensor as PyTorch names and shapes it, and what it is in a network of ours.</summary>
internal abstract class NetworkTensor(string name, IReadOnlyList<int> shape)
{
    public string Name => name;

    public IReadOnlyList<int> Shape => shape;

    public int Length { get; } = shape.Aggregate(1, (product, size) => product * size);

    /// <summary>The type that is written.</summary>
    public virtual NumberType Type => NumberType.F32;

    /// <summary>Whether a file may have it without the network having it: it is never written nor missed.</summary>
    public virtual bool IsOptional => false;

    /// <summary>Whether a file may have this type.</summary>
    public virtual bool Takes(NumberType type) => type != NumberType.I64;

    /// <summary>Writes one of the numbers.</summary>
    public virtual void Write(int index, Span<byte> bytes) => throw new NotSupportedException($"'{name}' is not in the network.");

    /// <summary>Reads all numbers, and gives what puts them into the network.</summary>
    public abstract Action Read(TensorData data);
}

/// <summary>Parameters or running statistics.</summary>
/// <param name="name">As in PyTorch.</param>
/// <param name="shape">As in PyTorch.</param>
/// <param name="numbers">They themselves, in our order.</param>
/// <param name="ourIndex">Where the number at an index in PyTorch's order stands in ours; null: at the same.</param>
/// <param name="minimum">No number may be lower.</param>
internal sealed class NumbersTensor(
    string name, IReadOnlyList<int> shape, Func<Span<float>> numbers, Func<int, int>? ourIndex = null, float minimum = float.MinValue)
    : NetworkTensor(name, shape)
{
    public override void Write(int index, Span<byte> bytes) =>
        BinaryPrimitives.WriteSingleLittleEndian(bytes, numbers()[ourIndex?.Invoke(index) ?? index]);

    public override Action Read(TensorData data)
    {
        var values = data.ReadSingles(Length);
        if (values.Any(value => value < minimum))
            throw data.Invalid($"has a number below {minimum}.");
        return () =>
        {
            var own = numbers();
            for (var i = 0; i < values.Length; i++)
                own[ourIndex?.Invoke(i) ?? i] = values[i];
        };
    }
}

/// <summary>Numbers that PyTorch has and that a layer of ours cannot change: a file must have the same.</summary>
/// <param name="name">As in PyTorch.</param>
/// <param name="numbers">They themselves, in PyTorch's order.</param>
/// <param name="layer">The layer's name, for errors.</param>
internal sealed class FixedTensor(string name, float[] numbers, string layer) : NetworkTensor(name, [numbers.Length])
{
    public override void Write(int index, Span<byte> bytes) => BinaryPrimitives.WriteSingleLittleEndian(bytes, numbers[index]);

    public override Action Read(TensorData data)
    {
        if (!data.ReadSingles(Length).AsSpan().SequenceEqual(numbers))
            throw data.Invalid($"has other numbers than the network's layer '{layer}', where they are fixed.");
        return () => { };
    }
}

/// <summary>How many batches a batch norm layer has seen.</summary>
internal sealed class BatchesTensor(string name, BatchNormLayer norm) : NetworkTensor(name, [])
{
    public override NumberType Type => NumberType.I64;

    public override bool Takes(NumberType type) => type == NumberType.I64;

    public override void Write(int index, Span<byte> bytes) => BinaryPrimitives.WriteInt64LittleEndian(bytes, norm.Batches);

    public override Action Read(TensorData data)
    {
        var batches = data.ReadInt64();
        if (batches < 0)
            throw data.Invalid("counts fewer than 0 batches.");
        return () => norm.Batches = batches;
    }
}

/// <summary>
/// A bias in front of batch norm that PyTorch's layer has and ours has not: (x + bias) - mean = x - (mean - bias), so it goes into the
/// running mean, which must be read before.
/// </summary>
internal sealed class FoldedBiasTensor(string name, BatchNormLayer norm) : NetworkTensor(name, [norm.RunningMean.Length])
{
    public override bool IsOptional => true;

    public override Action Read(TensorData data)
    {
        var bias = data.ReadSingles(Length);
        return () =>
        {
            for (var c = 0; c < bias.Length; c++)
                norm.RunningMean[c] -= bias[c];
        };
    }
}
