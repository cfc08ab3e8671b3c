using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A row with something of all that is measured before training: numbers, two values, weights, labels of every kind.</summary>
internal sealed class MeasuredRow
{
    [KeyType(3)]
    public uint Key { get; init; }

    public bool Yes { get; init; }

    public float Number { get; init; }

    public float Weight { get; init; }

    [VectorType(6)]
    public float[] Features { get; init; } = [];

    public static MeasuredRow Of(int row)
    {
        var random = new Random(row);
        var (x, y) = (random.NextSingle(), random.NextSingle());
        return new MeasuredRow
        {
            Key = x > 0.7 ? 2u : y > 0.6 ? 1u : 0u,
            Yes = x + y > 1.2,
            Number = 100 + 30 * x * y,
            Weight = 0.5f + random.NextSingle(),
            Features = [1_000 + 50 * x, y, row % 3 == 0 ? 4 : 2, 7, x - y, row % 2],   // with two ranks, each knows one value of the last
        };
    }
}

/// <summary>A row of 300 features of which few are not 0, as a sparse vector or a dense one.</summary>
internal sealed class WideRow
{
    private const int Size = 300;

    public bool IsOne { get; init; }

    [VectorType(Size)]
    public VBuffer<float> Features { get; init; }

    public static WideRow Of(int row, bool isSparse)
    {
        var slot = 7 * row % Size;
        var dense = new float[Size];
        dense[slot] = 1;
        return new WideRow
        {
            IsOne = row % 2 == 1,
            Features = isSparse ? new VBuffer<float>(Size, 1, [1], [slot]) : new VBuffer<float>(Size, dense),
        };
    }
}
