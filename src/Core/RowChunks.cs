namespace MLNet.BatchNorm.Core;

/// <summary>
/// Rows cut into chunks of <paramref name="size"/>. The last one may be short, but never a single row, which has no variance: that row
/// joins the chunk before it.
/// </summary>
internal readonly struct RowChunks(int rows, int size)
{
    /// <summary>All of them together.</summary>
    public int Rows => rows;

    public int Count { get; } = Math.Max(1, (int)((rows + size - 2L) / size));

    public (int Start, int Rows) this[int index]
    {
        get
        {
            var start = index * size;
            return (start, index == Count - 1 ? rows - start : size);
        }
    }
}
