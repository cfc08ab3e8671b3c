using System.IO.Compression;
using System.Text.Json;

namespace MLNet.BatchNorm.Core.Tests.Onnx;

/// <summary>A tensor of ONNX, row by row; images are [images, channels, height, width].</summary>
internal sealed record OnnxTensor(int[] Shape, float[] Data)
{
    /// <summary>Dimensions behind images and channels; 1 x L for a sequence, and one row of pixels for more than two.</summary>
    public (int Height, int Width) Pixels => Shape switch
    {
        [_, _] => (1, 1),
        [_, _, var width] => (1, width),
        [_, _, var height, var width] => (height, width),
        [_, _, .. var others] => (1, others.Aggregate((product, size) => product * size)),
        _ => throw new InvalidOperationException("Images and channels were expected."),
    };

    /// <summary>One example with its channels.</summary>
    public Shape Example => MLNet.BatchNorm.Shape.Image(Pixels.Height, Pixels.Width, Shape[1]);

    /// <summary>[images, pixels, channels], as layers take it.</summary>
    public float[] ChannelsLast() => Transposed(Shape[0], Shape[1]);

    /// <summary>[kernel height, kernel width, channels, filters] of filters [filters, channels, kernel height, kernel width].</summary>
    public float[] Filters()
    {
        var (filters, channels) = (Shape[0], Shape[1]);
        var pixels = Data.Length / filters / channels;
        var result = new float[Data.Length];
        for (var i = 0; i < Data.Length; i++)
        {
            var (filter, channel, pixel) = (i / (channels * pixels), i / pixels % channels, i % pixels);
            result[(((pixel * channels) + channel) * filters) + filter] = Data[i];
        }

        return result;
    }

    /// <summary>Every block of [rows, columns] turned over.</summary>
    public float[] Transposed(int blocks, int rows)
    {
        var columns = Data.Length / blocks / rows;
        var result = new float[Data.Length];
        for (var i = 0; i < Data.Length; i++)
        {
            var (block, row, column) = (i / (rows * columns), i / columns % rows, i % columns);
            result[(((block * columns) + column) * rows) + row] = Data[i];
        }

        return result;
    }
}

/// <summary>One of ONNX's backend tests of a single operator, from cases.json.gz.</summary>
internal sealed class OnnxCase(JsonElement root)
{
    private static readonly Lazy<JsonElement> File = new(Load);

    public static IEnumerable<string> Names => File.Value.GetProperty("cases").EnumerateArray().Select(NameOf);

    /// <summary>The tests of these operators that have no counterpart here, each with the reason.</summary>
    public static IEnumerable<(string Name, string Reason)> LeftOut => File.Value.GetProperty("left_out").EnumerateArray()
        .Select(element => (NameOf(element), element.GetProperty("reason").GetString()!));

    public string Operator => Text("op", "");

    public static OnnxCase Find(string name) =>
        new(File.Value.GetProperty("cases").EnumerateArray().Single(element => NameOf(element) == name));

    public OnnxTensor Input(string name) => OptionalInput(name) ?? throw new InvalidOperationException($"There is no input {name}.");

    public OnnxTensor? OptionalInput(string name) =>
        root.GetProperty("inputs").TryGetProperty(name, out var element) ? TensorOf(element) : null;

    public IEnumerable<string> InputNames(char first) =>
        root.GetProperty("inputs").EnumerateObject().Select(input => input.Name).Where(name => name[0] == first);

    public OnnxTensor Expected(string name) => TensorOf(root.GetProperty("expected").GetProperty(name));

    public bool Expects(string name) => root.GetProperty("expected").TryGetProperty(name, out _);

    public float Number(string key, float otherwise) => Attribute(key) is { } element ? element.GetSingle() : otherwise;

    public int Integer(string key, int otherwise) => Attribute(key) is { } element ? element.GetInt32() : otherwise;

    public string Text(string key, string otherwise) => Attribute(key) is { } element ? element.GetString()! : otherwise;

    public bool Flag(string key) => Attribute(key) is { } element
        && (element.ValueKind == JsonValueKind.True || (element.ValueKind == JsonValueKind.Number && element.GetInt32() != 0));

    public Size2D Size(string key) => Integers(key) switch
    {
        [] => 1,
        [var width] => new Size2D(1, width),
        [var height, var width] => new Size2D(height, width),
        _ => throw new InvalidOperationException($"{key} has more than two dimensions."),
    };

    public Padding2D Padding() => Integers("pads") switch
    {
        [var left, var right] => new Padding2D(0, left, 0, right),
        [var top, var left, var bottom, var right] => new Padding2D(top, left, bottom, right),
        _ => throw new InvalidOperationException("pads has more than two dimensions."),
    };

    private int[] Integers(string key) =>
        Attribute(key) is { } element ? [.. element.EnumerateArray().Select(item => item.GetInt32())] : [];

    private JsonElement? Attribute(string key) => root.GetProperty("config").TryGetProperty(key, out var element) ? element : null;

    private static string NameOf(JsonElement element) => element.GetProperty("name").GetString()!;

    private static OnnxTensor TensorOf(JsonElement element) => new(
        [.. element.GetProperty("shape").EnumerateArray().Select(item => item.GetInt32())],
        [.. element.GetProperty("data").EnumerateArray().Select(item => item.GetSingle())]);

    private static JsonElement Load()
    {
        using var file = System.IO.File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Onnx", "cases.json.gz"));
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(unzipped).RootElement;
    }
}
