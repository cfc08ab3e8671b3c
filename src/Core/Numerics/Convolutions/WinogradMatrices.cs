namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>The 16 matrices of one operand of a convolution by <see cref="WinogradTransforms{TVector}"/>.</summary>
internal readonly unsafe struct WinogradMatrices(float* first, int rows, int columns)
{
    /// <summary>One for each element of a 4 x 4 tile.</summary>
    public const int Count = 16;

    // One cache line more than needed: the 16 elements of a tile would meet in the same cache sets where matrices are a power of two long.
    private const int Gap = 16;

    /// <summary>Distance between the matrices.</summary>
    public readonly nint Distance = ((nint)rows * columns) + Gap;

    public float* this[int matrix] => first + (matrix * Distance);

    /// <summary>Values of all of them.</summary>
    public static int Size(int rows, int columns) => Count * ((rows * columns) + Gap);

    /// <summary>The elements of a row, which are those of one tile.</summary>
    public float* Row(int row) => first + ((nint)row * columns);
}
