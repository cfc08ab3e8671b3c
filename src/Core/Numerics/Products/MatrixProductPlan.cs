namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>Decides for one product what is packed and how C is cut into blocks.</summary>
/// <remarks>
/// Operands are read where they are unless that costs more than a copy. A transposed B is packed because its columns are not contiguous.
/// From 2 MB of B on, both operands are packed: read in place, their rows lie on more pages than the processor keeps translations for, and
/// rows a power of two long fall on the same few cache sets.
/// </remarks>
internal unsafe struct MatrixProductPlan(ProductShape shape, float* a, float* b, float* c, float* bias) : ISimdOperation
{
    // Elements of B from which both operands are packed, and rows of A from which the copy of B is used often enough.
    private const long LargeB = 1 << 19;
    private const int ManyRows = 96;

    // Depths and columns of C^T from which turning the result over pays.
    private const int DepthWorthTurning = 32;
    private const int PanelsWorthTurning = 2;

    // Elements of B packed at a time, which bounds the memory for packing to 16 MB per calling thread.
    private const int MaxPacked = 1 << 22;

    // Blocks of a large product per thread: enough that a thread that is held up leaves most of its share to the others. A block should
    // not be smaller than 1 us of work, or handing it over shows.
    private const int BlocksPerThread = 4;
    private const long BlockOperations = 200_000;

    // A few rows take as long as it takes to read B.
    private const long LeastPerElementOfB = 8;

    public readonly void Run<TVector>()
        where TVector : struct, ISimd<TVector>
    {
        if (shape.N <= MatrixProductNarrow.MaxColumns || IsTurned<TVector>())
            RunNarrow<TVector>();
        else if (shape.TransposedB || IsLarge)
            RunPacked<TVector>();
        else
            RunBlocks<TVector>(InPlace<TVector>());
    }

    private readonly bool IsLarge => (long)shape.K * shape.N >= LargeB && shape.M >= ManyRows;

    private readonly ProductOperands InPlace<TVector>()
        where TVector : struct, ISimd<TVector> => new()
        {
            M = shape.M,
            K = shape.K,
            N = shape.N,
            A = a,
            ARow = shape.TransposedA ? 1 : shape.K,
            ADepth = shape.TransposedA ? shape.M : 1,
            B = b,
            BDepth = shape.N,
            BPanel = MatrixProductTile<TVector>.Columns,
            C = c,
            CRow = shape.N,
            Bias = bias,
            Relu = shape.Relu,
        };

    private readonly void RunPacked<TVector>()
        where TVector : struct, ISimd<TVector>
    {
        var width = MatrixProductTile<TVector>.Columns;
        var step = Math.Max(1, MaxPacked / width / Math.Max(1, shape.K)) * width;
        for (var column = 0; column < shape.N; column += step)
        {
            var operands = InPlace<TVector>();
            operands.N = Math.Min(step, shape.N - column);
            var packed = ScratchBuffer.Panels.AtLeast(MatrixProductPacking<TVector>.Size(shape.K, operands.N));
            var from = b + (shape.TransposedB ? (nint)column * shape.K : column);
            var row = shape.TransposedB ? shape.K : shape.N;
            new MatrixProductPacking<TVector>(from, row, shape.TransposedB, shape.K, operands.N, packed).Run();

            operands.PackA = IsLarge && !shape.TransposedA;
            operands.B = packed;
            operands.BDepth = width;
            operands.BPanel = (nint)shape.K * width;
            operands.C += column;
            if (operands.Bias != null)
                operands.Bias += column;
            RunBlocks<TVector>(operands);
        }
    }

    /// <summary>
    /// Whether more columns than a narrow product has are few enough to be computed as one where A is transposed.
    /// </summary>
    private readonly bool IsTurned<TVector>()
        where TVector : struct, ISimd<TVector> => shape.TransposedA && shape.N < TVector.Count
            && shape.K >= DepthWorthTurning && shape.M >= PanelsWorthTurning * MatrixProductTile<TVector>.Columns;

    /// <summary>
    /// With so few columns most lanes of a tile would idle, so the lanes run along the depth, or along the rows where A is transposed.
    /// </summary>
    private readonly void RunNarrow<TVector>()
        where TVector : struct, ISimd<TVector>
    {
        if (!shape.TransposedA)
        {
            var narrow = new MatrixProductNarrow<TVector>(shape, a, b, c, bias);
            narrow.Run();
            return;
        }

        // C^T = B^T * A: the rows of A, as stored, are the columns of this product.
        var transposed = ScratchBuffer.Result.AtLeast(shape.M * shape.N);
        RunBlocks<TVector>(new ProductOperands
        {
            M = shape.N,
            K = shape.K,
            N = shape.M,
            A = b,
            ARow = 1,
            ADepth = shape.N,
            B = a,
            BDepth = shape.M,
            BPanel = MatrixProductTile<TVector>.Columns,
            C = transposed,
            CRow = shape.M,
        });
        MatrixTranspose.Copy(transposed, shape.M, shape.N, shape.M, c, shape.N);
    }

    private static void RunBlocks<TVector>(ProductOperands operands)
        where TVector : struct, ISimd<TVector>
    {
        var operations = Math.Max(2L * operands.M, LeastPerElementOfB) * operands.N * operands.K;
        var (rowBlocks, columnBlocks) = Blocks<TVector>(operands.M, operands.N, operations);
        var job = new MatrixProductBlocks<TVector>(operands, rowBlocks, columnBlocks);
        BlockRunner.Run(ref job, rowBlocks * columnBlocks, operations);
    }

    /// <summary>
    /// What the caches ask for, and where threads share the work enough blocks for all of them. A tall C, such as the gradient of weights,
    /// is cut into rows alone, which leaves each thread a part of it in one piece, as what uses it next is cut too.
    /// </summary>
    private static (int Rows, int Columns) Blocks<TVector>(int m, int n, long operations)
        where TVector : struct, ISimd<TVector>
    {
        var rowBlocks = (m + MatrixProductBlocks<TVector>.MaxRows - 1) / MatrixProductBlocks<TVector>.MaxRows;
        if (!BlockRunner.IsShared(operations))
            return (rowBlocks, 1);

        var threads = BlockRunner.Threads;
        var panels = MatrixProductTile<TVector>.Panels(n);
        var tiles = (m + MatrixProductTile<TVector>.MaxRows - 1) / MatrixProductTile<TVector>.MaxRows;
        var wanted = m == 1 ? threads : threads * (int)Math.Clamp(operations / threads / BlockOperations, 1, BlocksPerThread);
        rowBlocks = Math.Max(rowBlocks, m > n ? wanted : (wanted + panels - 1) / panels);
        if (rowBlocks >= wanted)
            rowBlocks = (rowBlocks + threads - 1) / threads * threads;   // the same number for each
        rowBlocks = Math.Min(rowBlocks, Math.Min(tiles, BlockRunner.MaxBlocks));
        return (rowBlocks, Math.Min((wanted + rowBlocks - 1) / rowBlocks, panels));
    }
}
