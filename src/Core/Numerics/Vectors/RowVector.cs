using System.Numerics;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Loads and stores one vector of channels of a row. The last vector of a row may be partial: missing lanes mean nothing and are not
/// written, so that a kernel states its formula once, for every number of channels.
/// </summary>
internal static class RowVector
{
    public static Vector<float> Load(ReadOnlySpan<float> row, int channel)
    {
        if (channel + Vector<float>.Count <= row.Length)
            return new Vector<float>(row[channel..]);
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        row[channel..].CopyTo(lanes);
        return new Vector<float>(lanes);
    }

    public static void Store(Vector<float> value, Span<float> row, int channel)
    {
        if (channel + Vector<float>.Count <= row.Length)
        {
            value.CopyTo(row[channel..]);
            return;
        }

        for (var lane = 0; channel + lane < row.Length; lane++)
            row[channel + lane] = value[lane];
    }
}
