using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>
/// Memory for what lies in front of and behind the layer at work and is not needed for longer: values on the way forward, gradients on the
/// way back. The networks of blocks that run one after the other share it.
/// </summary>
internal sealed class Workspace
{
    private readonly AlignedBuffer[] buffers = [new(0), new(0)];
    private readonly List<Workspace> parts = [];
    private int width;

    /// <summary>Values for one row of a batch, those of the networks inside blocks included.</summary>
    public long ValuesPerRow => (long)buffers.Length * width + parts.Sum(part => part.ValuesPerRow);

    /// <summary>Makes room for rows of so many values.</summary>
    public void Widen(int size) => width = Math.Max(width, size);

    /// <summary>
    /// Rows of <paramref name="size"/> values with whatever was left in them, valid until the next call with the same buffer. No allocation
    /// unless there are more rows than ever before.
    /// </summary>
    /// <param name="buffer">0 or 1.</param>
    /// <param name="rows">1 or more.</param>
    /// <param name="size">Not more than it was widened to.</param>
    public Span<float> Rows(int buffer, int rows, int size)
    {
        if (buffers[buffer].Length < (long)rows * size)
            buffers[buffer] = new AlignedBuffer(checked(rows * width));
        return buffers[buffer].Span[..(rows * size)];
    }

    /// <summary>That of the first, second ... network of a block: all of them may hold something at the same time.</summary>
    public Workspace OfPart(int part)
    {
        while (parts.Count <= part)
            parts.Add(new Workspace());
        return parts[part];
    }
}
