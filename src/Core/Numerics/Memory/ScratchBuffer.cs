namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Memory that a kernel needs only while it runs. It belongs to the thread, grows to the largest size asked for and is then reused, so
/// calls allocate nothing; it goes when the thread does.
/// </summary>
internal sealed unsafe class ScratchBuffer
{
    [ThreadStatic]
    private static ScratchBuffer? panels, rows, result, lanes, partials, filters;

    private AlignedBuffer buffer = new(0);

    /// <summary>Packed columns of B.</summary>
    public static ScratchBuffer Panels => panels ??= new ScratchBuffer();

    /// <summary>Packed rows of A.</summary>
    public static ScratchBuffer Rows => rows ??= new ScratchBuffer();

    /// <summary>A result that is not yet where it belongs.</summary>
    public static ScratchBuffer Result => result ??= new ScratchBuffer();

    /// <summary>Per-channel factors, repeated as <see cref="ChannelLanes"/> says.</summary>
    public static ScratchBuffer Lanes => lanes ??= new ScratchBuffer();

    /// <summary>Sums over blocks of rows that are still to be added up.</summary>
    public static ScratchBuffer Partials => partials ??= new ScratchBuffer();

    /// <summary>Transformed filters, or sums of their gradients.</summary>
    public static ScratchBuffer Filters => filters ??= new ScratchBuffer();

    /// <summary>
    /// At least <paramref name="length"/> values with whatever was left in them, valid until the next call on this buffer.
    /// </summary>
    public float* AtLeast(int length)
    {
        if (buffer.Length < length)
            buffer = new AlignedBuffer(length);
        return buffer.Pointer;
    }
}
