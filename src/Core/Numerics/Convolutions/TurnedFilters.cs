using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Filters turned by 180 degrees whose channels and filters have changed places, with which the gradient of the images is a convolution of
/// that of the result. One block is a panel of channels.
/// </summary>
internal unsafe struct TurnedFilters<TVector>(SlidingWindow window, int filters, float* source) : IBlockJob
    where TVector : struct, ISimd<TVector>
{
    private readonly int taps = window.WindowHeight * window.WindowWidth;
    private float* target;
    private bool inPanels;

    /// <summary>Copies them into memory of this thread.</summary>
    /// <param name="panels">
    /// Whether they are to lie as <see cref="MatrixProductPacking{TVector}"/> leaves them, or else [windowHeight, windowWidth, filters,
    /// channels].
    /// </param>
    public float* Copy(bool panels)
    {
        var depth = taps * filters;
        target = ScratchBuffer.Panels.AtLeast(MatrixProductPacking<TVector>.Size(depth, window.Channels));
        inPanels = panels;
        BlockRunner.Run(ref this, MatrixProductTile<TVector>.Panels(window.Channels), 16L * depth * window.Channels);
        return target;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public readonly void Run(int block)
    {
        var width = MatrixProductTile<TVector>.Columns;
        var channel = block * width;
        var channels = Math.Min(width, window.Channels - channel);
        var first = target + (inPanels ? (nint)channel * taps * filters : channel);
        var row = inPanels ? width : window.Channels;
        for (var tap = 0; tap < taps; tap++)
        {
            var from = source + ((((nint)tap * window.Channels) + channel) * filters);
            MatrixTranspose.Copy(from, filters, channels, filters, first + ((nint)(taps - 1 - tap) * filters * row), row);
        }
    }
}
