using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>
/// Adds up the gradients of all ranks, all in one go: each becomes the sum, on every rank. A gradient of touched rows becomes one of the
/// rows that any rank touched. Nothing is allocated after the first step.
/// </summary>
internal sealed class GradientSum(IReadOnlyList<Parameter> parameters, Ranks ranks)
{
    private AlignedBuffer all = new(0);
    private int[] touchedRows = [];

    public void Run()
    {
        var length = 0;
        for (var p = 0; p < parameters.Count; p++)   // by index: an enumerator would be allocated in every step
            length = checked(length + LengthOf(parameters[p]));
        if (all.Length < length)
            all = new AlignedBuffer((length + ranks.Count - 1) / ranks.Count * ranks.Count);

        var rest = all.Span;
        for (var p = 0; p < parameters.Count; rest = rest[LengthOf(parameters[p])..], p++)
            Write(parameters[p], rest);
        ranks.Sum(all.Span);
        rest = all.Span;
        for (var p = 0; p < parameters.Count; p++)
        {
            var size = LengthOf(parameters[p]);
            Read(parameters[p], rest);
            rest = rest[size..];
        }
    }

    // Of touched rows, all rows, and a mark for each that says whether it is touched.
    private static int LengthOf(Parameter parameter) => parameter.Length + (parameter.IsSparse ? parameter.Dimensions[0] : 0);

    private static void Write(Parameter parameter, Span<float> to)
    {
        if (!parameter.IsSparse)
        {
            parameter.Gradient.CopyTo(to);
            return;
        }

        var size = parameter.RowLength;
        to[..LengthOf(parameter)].Clear();
        for (var i = 0; i < parameter.TouchedRows.Length; i++)
        {
            var row = parameter.TouchedRows[i];
            parameter.Gradient.Slice(i * size, size).CopyTo(to[(row * size)..]);
            to[parameter.Length + row] = 1;
        }
    }

    private void Read(Parameter parameter, ReadOnlySpan<float> from)
    {
        if (!parameter.IsSparse)
        {
            from[..parameter.Length].CopyTo(parameter.Gradient);
            return;
        }

        if (touchedRows.Length < parameter.Dimensions[0])
            touchedRows = new int[parameter.Dimensions[0]];
        var touched = 0;
        for (var row = 0; row < parameter.Dimensions[0]; row++)
            if (from[parameter.Length + row] > 0)
                touchedRows[touched++] = row;
        var gradient = parameter.TouchRows(touchedRows.AsSpan(0, touched));
        for (var i = 0; i < touched; i++)
            from.Slice(touchedRows[i] * parameter.RowLength, parameter.RowLength).CopyTo(gradient[(i * parameter.RowLength)..]);
    }
}
