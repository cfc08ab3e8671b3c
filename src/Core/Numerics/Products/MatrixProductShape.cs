namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Sizes and form of C[m, n] = A[m, k] * B[k, n].</summary>
internal readonly record struct ProductShape(int M, int K, int N)
{
    /// <summary>A is stored [k, m].</summary>
    public bool TransposedA { get; init; }

    /// <summary>B is stored [n, k].</summary>
    public bool TransposedB { get; init; }

    /// <summary>Whether negative results become 0.</summary>
    public bool Relu { get; init; }

    /// <summary>Float operations: one multiplication and one addition per term.</summary>
    public long Operations => 2L * M * N * K;
}

/// <summary>A product as its blocks read it: every stride spelled out, in elements; B in place or packed into panels.</summary>
internal unsafe struct ProductOperands
{
    public int M;
    public int K;
    public int N;

    /// <summary>Element (row, depth) is at row * ARow + depth * ADepth.</summary>
    public float* A;
    public nint ARow;
    public nint ADepth;

    /// <summary>Whether a block copies its rows of A together before it uses them.</summary>
    public bool PackA;

    /// <summary>Panels one register tile wide; depths are BDepth apart and columns are contiguous.</summary>
    public float* B;
    public nint BDepth;
    public nint BPanel;

    public float* C;
    public nint CRow;

    /// <summary>What the sums of each column start from; null for 0.</summary>
    public float* Bias;

    public bool Relu;
}
