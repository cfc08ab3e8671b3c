namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Where the pixels of one of the <see cref="WinogradTiles"/> lie.</summary>
internal unsafe interface IWinogradTile
{
    /// <summary>The channels of one pixel.</summary>
    float* this[nint y, nint x] { get; }
}

/// <summary>A tile that lies within its image.</summary>
internal readonly unsafe struct InnerTile(float* first, nint row, nint pixel) : IWinogradTile
{
    public float* this[nint y, nint x] => first + (y * row) + (x * pixel);
}

/// <summary>A tile across the border of its image.</summary>
/// <param name="pixels">One for each pixel; those outside of the image share memory that is none of it.</param>
/// <param name="side">Pixels of a row.</param>
internal readonly unsafe struct BorderTile(float** pixels, nint side) : IWinogradTile
{
    public float* this[nint y, nint x] => pixels[(y * side) + x];
}
