using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Products of a sparse A, [m, k], and a float32 B, [k, n], stored row by row: only what is there is multiplied, the lanes run along n. A
/// span whose length is not that of its matrix is an <see cref="ArgumentException"/>.
/// </summary>
/// <remarks>
/// To the last bit the results of <see cref="MatrixProduct"/> for the same A with its zeros: each element is the same chain of
/// multiply-adds, and one with a factor 0 changes nothing, as long as B is finite. So the same for every number of threads and of rows.
/// </remarks>
internal static class SparseProduct
{
    private const int RowsPerBlock = 4;
    private const int OperationsPerElement = 4;   // between arithmetic in registers and values that come from memory

    // A multiplication takes about eight times as long as in a dense product.
    private const int LeastElementsPerValue = 8;

    /// <summary>Whether rows of so many elements, of which so many have a value, are better kept sparse.</summary>
    public static bool Pays(long values, long elements) => LeastElementsPerValue * values < elements;

    /// <summary>C = A * B, as <see cref="MatrixProduct.MultiplyTransposedA"/> adds up where A is a transposed matrix.</summary>
    public static void Multiply(SparseRows a, ReadOnlySpan<float> b, Span<float> c, int k, int n) =>
        Run(a, b, bias: default, c, k, n, relu: false, isNarrow: false);

    /// <summary>
    /// C = A * B + bias in every row, or max(0, A * B + bias) where <paramref name="relu"/>, as
    /// <see cref="MatrixProduct.MultiplyAddBias"/>; the bias is [n], or empty for none.
    /// </summary>
    public static void MultiplyAddBias(
        SparseRows a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias, Span<float> c, int k, int n, bool relu = false) =>
        Run(a, b, bias, c, k, n, relu, isNarrow: n <= MatrixProductNarrow.MaxColumns);

    private static unsafe void Run(
        SparseRows a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias, Span<float> c, int k, int n, bool relu, bool isNarrow)
    {
        Require(b.Length, (long)k * n, nameof(b));
        Require(c.Length, (long)a.Rows * n, nameof(c));
        if (!bias.IsEmpty)
            Require(bias.Length, n, nameof(bias));
        RequireColumns(a.ColumnsOfAll, k);
        fixed (float* values = a.Values, pinnedB = b, pinnedBias = bias, pinnedC = c)
        fixed (int* columns = a.Columns, starts = a.Starts)
        {
            var product = new Product
            {
                Values = values,
                Columns = columns,
                Starts = starts,
                Rows = a.Rows,
                Operations = OperationsPerElement * (long)a.Count * n,
                B = pinnedB,
                Bias = bias.IsEmpty ? null : pinnedBias,
                C = pinnedC,
                N = n,
                Floor = relu ? 0 : float.NegativeInfinity,
                IsNarrow = isNarrow,
            };
            Simd.RunWidest(ref product);
        }
    }

    // They come from outside, and the kernels do not look at them again. As an unsigned number a negative one is too large as well.
    private static void RequireColumns(ReadOnlySpan<int> columns, int k)
    {
        if (!columns.IsEmpty && TensorPrimitives.Max(MemoryMarshal.Cast<int, uint>(columns)) >= k)
            throw new ArgumentException($"A sparse row has a value in a column that is not one of 0 to {k - 1}.", nameof(columns));
    }

    private static void Require(int length, long expected, string name)
    {
        if (length != expected)
            throw new ArgumentException($"A matrix of {expected} values was expected, got {length}.", name);
    }

    private unsafe struct Product : ISimdOperation
    {
        public required float* Values { get; init; }

        public required int* Columns { get; init; }

        public required int* Starts { get; init; }

        public required int Rows { get; init; }

        public required long Operations { get; init; }

        public required float* B { get; init; }

        public required float* Bias { get; init; }

        public required float* C { get; init; }

        public required int N { get; init; }

        public required float Floor { get; init; }

        public required bool IsNarrow { get; init; }

        public readonly void Run<TVector>()
            where TVector : struct, ISimd<TVector>
        {
            var blocks = Math.Clamp(Rows / RowsPerBlock, 1, BlockRunner.MaxBlocks);
            var job = new Blocks<TVector>(this, blocks);
            BlockRunner.Run(ref job, blocks, Operations);
        }
    }

    private readonly unsafe struct Blocks<TVector>(Product product, int blocks) : IBlockJob
        where TVector : struct, ISimd<TVector>
    {
        public void Run(int block)
        {
            var (first, end) = BlockRunner.Part(product.Rows, block, blocks);
            for (var row = first; row < end; row++)
                if (product.IsNarrow)
                    ComputeNarrow(row);
                else
                    Compute(row);
        }

        // c[j] = max(floor, bias[j] + sum over i of values[i] * B[columns[i], j]), four vectors of j at a time.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Compute(int row)
        {
            nint n = product.N, lane = TVector.Count, j = 0;
            var floor = TVector.Broadcast(product.Floor);
            var c = product.C + (row * n);
            for (; j <= n - (4 * lane); j += 4 * lane)
            {
                TVector c0 = TVector.Zero, c1 = TVector.Zero, c2 = TVector.Zero, c3 = TVector.Zero;
                if (product.Bias != null)
                {
                    var start = product.Bias + j;
                    (c0, c1) = (TVector.Load(start), TVector.Load(start + lane));
                    (c2, c3) = (TVector.Load(start + (2 * lane)), TVector.Load(start + (3 * lane)));
                }

                for (int i = product.Starts[row], end = product.Starts[row + 1]; i < end; i++)
                {
                    var value = TVector.Broadcast(product.Values[i]);
                    var b = product.B + (product.Columns[i] * n) + j;
                    c0.AddProduct(value, TVector.Load(b));
                    c1.AddProduct(value, TVector.Load(b + lane));
                    c2.AddProduct(value, TVector.Load(b + (2 * lane)));
                    c3.AddProduct(value, TVector.Load(b + (3 * lane)));
                }

                TVector.AtLeast(floor, c0).Store(c + j);
                TVector.AtLeast(floor, c1).Store(c + j + lane);
                TVector.AtLeast(floor, c2).Store(c + j + (2 * lane));
                TVector.AtLeast(floor, c3).Store(c + j + (3 * lane));
            }

            for (; j < n; j += lane)
            {
                var mask = TVector.Mask(Math.Min(lane, n - j));
                var sum = product.Bias == null ? TVector.Zero : TVector.LoadMasked(product.Bias + j, mask);
                for (int i = product.Starts[row], end = product.Starts[row + 1]; i < end; i++)
                {
                    var b = TVector.LoadMasked(product.B + (product.Columns[i] * n) + j, mask);
                    sum.AddProduct(TVector.Broadcast(product.Values[i]), b);
                }

                TVector.AtLeast(floor, sum).StoreMasked(c + j, mask);
            }
        }

        // The sums that the lanes of MatrixProductNarrow have: lane l adds up the columns that are l modulo the number of lanes.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void ComputeNarrow(int row)
        {
            var n = product.N;
            var sums = stackalloc float[MatrixProductNarrow.MaxColumns * TVector.Count];
            new Span<float>(sums, n * TVector.Count).Clear();
            var one = TVector.Mask(1);
            for (int i = product.Starts[row], end = product.Starts[row + 1]; i < end; i++)
            {
                var column = product.Columns[i];
                var value = TVector.LoadMasked(product.Values + i, one);
                for (var j = 0; j < n; j++)
                {
                    var sum = sums + (j * TVector.Count) + (column % TVector.Count);
                    var weight = TVector.LoadMasked(product.B + ((nint)column * n) + j, one);
                    TVector.MultiplyAdd(value, weight, TVector.LoadMasked(sum, one)).StoreMasked(sum, one);
                }
            }

            for (var j = 0; j < n; j++)
            {
                var start = product.Bias == null ? 0 : product.Bias[j];
                var sum = TVector.Sum(TVector.Load(sums + (j * TVector.Count)));
                product.C[((nint)row * n) + j] = float.MaxNative(product.Floor, start + sum);
            }
        }
    }
}
