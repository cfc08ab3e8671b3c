using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Filters transformed by <see cref="WinogradTransforms{TVector}"/>: 16 matrices [channels, filters], each in panels of neighbouring
/// filters, so that a register tile reads one stream of memory.
/// </summary>
internal unsafe struct WinogradFilters<TVector>(int channels, int filters, float* transformed) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly WinogradMatrices matrices = new(transformed, channels, filters);
    private float* source;

    public readonly int Panels => MatrixProductTile<TVector>.Panels(filters);

    /// <inheritdoc cref="Winograd.FirstOf{TVector}"/>
    public readonly int FirstOf(int panel) => Winograd.FirstOf<TVector>(panel, filters);

    /// <summary>The panel of one matrix that begins with a filter.</summary>
    public readonly float* From(int matrix, int filter) => matrices[matrix] + ((nint)filter * channels);

    /// <summary>Fills the matrices from filters [3, 3, channels, filters].</summary>
    public void Transform(float* filterMatrix)
    {
        const int operationsPerWeight = 64;
        source = filterMatrix;
        BlockRunner.Run(ref this, Panels, (long)operationsPerWeight * channels * filters);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int panel)
    {
        var first = FirstOf(panel);
        nint columns = FirstOf(panel + 1) - first;
        var to = From(0, first);
        for (nint channel = 0; channel < channels; channel++)
            WinogradTransforms<TVector>.Filters(
                source + (channel * filters) + first, (nint)channels * filters, columns, to + (channel * columns), matrices.Distance);
    }
}
