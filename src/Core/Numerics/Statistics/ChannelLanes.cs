using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// A matrix rows x channels seen as one with fewer, wider rows, so that few channels fill the vectors too: <see cref="Repeats"/> rows lie
/// side by side, and lane l of such a row is channel l % channels. Rows that are left over form one shorter row at the end.
/// </summary>
internal readonly struct ChannelLanes
{
    // From this width on, rows are long enough as they are; narrower ones are joined to a multiple of the widest vector at least this long.
    private const int Wide = 64;
    private const int WidestVector = 16;

    public ChannelLanes(int length, int channels)
    {
        Channels = channels;
        Repeats = 1;
        if (channels < Wide)
        {
            Repeats = Math.Max(1, WidestVector >> BitOperations.TrailingZeroCount(channels));
            Repeats *= (Wide + (channels * Repeats) - 1) / (channels * Repeats);
        }

        Width = channels * Repeats;
        Rows = length / Width;
        TailWidth = length % Width;
    }

    public int Channels { get; }

    public int Repeats { get; }

    /// <summary>Lanes of a row.</summary>
    public int Width { get; }

    /// <summary>Number of full rows.</summary>
    public int Rows { get; }

    /// <summary>Lanes of the shorter row after them; 0 if there is none.</summary>
    public int TailWidth { get; }

    /// <summary>Length of an array of one value per lane in which every vector may be read whole.</summary>
    public int PaddedWidth => (Width + WidestVector - 1) / WidestVector * WidestVector;

    /// <summary>Copies the values of the first <see cref="Channels"/> lanes to all lanes of the same channel.</summary>
    public void RepeatFirst<T>(Span<T> lanes)
    {
        for (var i = 1; i < Repeats; i++)
            lanes[..Channels].CopyTo(lanes[(i * Channels)..]);
    }
}
