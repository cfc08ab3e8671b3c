namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>What the tiles of one block of a product have in common. Strides are in elements.</summary>
internal unsafe struct TileOperands
{
    /// <summary>Number of products that are added to each element.</summary>
    public nint Depth;

    /// <summary>
    /// Number of products of one run; the last may be shorter. A run begins <see cref="ARun"/> behind the beginning of the one
    /// before in A, and behind its end in B. So a convolution reads the image rows under its window where they are.
    /// </summary>
    public nint RunDepth;

    public nint ARun;

    /// <summary>
    /// Element (row, depth) of A is at row * ARow + depth * ADepth, so A and its transpose are read in place by the same code.
    /// </summary>
    public nint ARow;
    public nint ADepth;

    /// <summary>Distance between consecutive depths of B; its columns are contiguous.</summary>
    public nint BDepth;

    /// <summary>
    /// The next row of B that the panel after this one will need, null for none. Before each run a tile asks for one such row to come into
    /// the second-level cache, and for one row of its own in C there, where a panel's width lies between; the next tile goes on from there.
    /// </summary>
    public float* NextB;

    public nint CRow;

    /// <summary>Distance between the rows that the sums start from: 0 where all start from one row of biases.</summary>
    public nint StartRow;

    /// <summary>Results below this are raised to it: 0 is ReLU, negative infinity changes nothing.</summary>
    public float Floor;
}
