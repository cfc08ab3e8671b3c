using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>
/// Pictures of noise with a bar in one of two channels, across or down: classes that only an order of the values explains.
/// </summary>
internal static class Pictures
{
    public static readonly Shape Shape = Shape.Image(6, 5, 2);

    public static readonly NeuralNetworkOptions Quick = Toy.Quick with
    {
        Network = net => net.Conv2D(4, padding: 1).BatchNorm().Relu().MaxPool2D().Conv2D(6, kernelSize: 2).BatchNorm().Relu(),
        Epochs = 8,
        BatchSize = 16,
    };

    /// <summary>The pictures in an order of their values, with the label of the task and, if asked for, three dimensions.</summary>
    public static IDataView View<TLabel>(Func<int, TLabel> label, ChannelLayout layout, bool dimensions, int rows = 96, int seed = 5)
    {
        var random = new Random(seed);
        var pictures = Enumerable.Range(0, rows).Select(row => new Picture<TLabel>
        {
            Label = label(row % 4),
            Features = Picture(row % 4, layout, random),
        });
        int[] sizes = layout == ChannelLayout.ChannelsFirst
            ? [Shape.Channels, Shape.Height, Shape.Width]
            : [Shape.Height, Shape.Width, Shape.Channels];
        return View(pictures, dimensions ? sizes : [Shape.Size]);
    }

    public static IDataView View<TLabel>(IEnumerable<Picture<TLabel>> pictures, params int[] dimensions)
    {
        var definition = SchemaDefinition.Create(typeof(Picture<TLabel>));
        definition["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return Toy.ML.Data.LoadFromEnumerable(pictures.ToArray(), definition);
    }

    public static IDataView Keyed(ChannelLayout layout = ChannelLayout.ChannelsFirst, bool dimensions = true, int rows = 96) =>
        Toy.Keyed(View(label => $"class {label}", layout, dimensions, rows));

    private static float[] Picture(int kind, ChannelLayout layout, Random random)
    {
        var values = new float[Shape.Size];
        var (channel, down) = (kind / 2, kind % 2 == 1);
        var bar = random.Next(down ? Shape.Width : Shape.Height);
        for (var y = 0; y < Shape.Height; y++)
            for (var x = 0; x < Shape.Width; x++)
                for (var c = 0; c < Shape.Channels; c++)
                    values[Slot(y, x, c)] = 0.3f * (random.NextSingle() - 0.5f) + (c == channel && (down ? x : y) == bar ? 1 : 0);
        return values;

        int Slot(int y, int x, int c) => layout == ChannelLayout.ChannelsFirst
            ? (c * Shape.Height + y) * Shape.Width + x
            : (y * Shape.Width + x) * Shape.Channels + c;
    }
}

internal sealed class Picture<TLabel>
{
    public TLabel Label { get; set; } = default!;

    public float[] Features { get; set; } = [];
}
