using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>A residual network of torchvision, as Goldens/make_resnets.py builds and computes it.</summary>
internal sealed class TorchvisionResNet(int depth)
{
    public const int Rows = 4;
    public const int Classes = 10;

    private static readonly JsonElement All =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "resnets.json"))).RootElement;

    private static readonly ConcurrentDictionary<int, byte[]> Files = new();

    private readonly JsonElement values = All.GetProperty($"resnet{depth}");

    public static Shape Image => Shape.Image(64, 96, 3);

    public static float[] Pixels => [.. Numbers("pixels5", [Rows * Image.Size]).Select(value => 8 * value)];

    public static float[] Upstream => Numbers("upstream", [Rows * Classes]);

    /// <summary>Names and shapes of its tensors.</summary>
    public IReadOnlyList<(string Name, int[] Shape)> State =>
    [
        .. values.GetProperty("state").EnumerateObject()
            .Select(tensor => (tensor.Name, tensor.Value.EnumerateArray().Select(size => size.GetInt32()).ToArray())),
    ];

    /// <summary>Norm and four entries of each gradient and running statistic after a training step.</summary>
    public IReadOnlyList<(string Name, double[] Values)> Step =>
        [.. values.GetProperty("step").EnumerateObject().Select(tensor => (tensor.Name, DoublesOf(tensor.Value)))];

    /// <summary>Outputs with running statistics ("inference") or with those of the batch ("training").</summary>
    public double[] Outputs(string phase) => DoublesOf(values.GetProperty(phase));

    /// <summary>The layers of ours.</summary>
    public static NetworkDefinition Layers(int depth, NetworkDefinition? front = null)
    {
        var network = depth switch
        {
            18 => NeuralNetworks.ResNet18(),
            34 => NeuralNetworks.ResNet34(),
            _ => NeuralNetworks.ResNet50(),
        };
        return network(front ?? NetworkDefinition.Empty);
    }

    /// <summary>Its state as PyTorch would save it: up to 100 MB, made once.</summary>
    public byte[] ToFile() => Files.GetOrAdd(depth, _ => MakeFile());

    /// <summary>The float32 tensors of a file.</summary>
    public static Dictionary<string, float[]> TensorsOf(byte[] file)
    {
        var length = (int)BitConverter.ToUInt64(file);
        var header = JsonDocument.Parse(Encoding.UTF8.GetString(file, sizeof(ulong), length)).RootElement;
        var tensors = header.EnumerateObject().Where(tensor => tensor.Value.GetProperty("dtype").GetString() == "F32");
        return tensors.ToDictionary(tensor => tensor.Name, tensor =>
        {
            var offsets = tensor.Value.GetProperty("data_offsets");
            var (start, end) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            return MemoryMarshal.Cast<byte, float>(file.AsSpan(sizeof(ulong) + length)[start..end]).ToArray();
        });
    }

    private byte[] MakeFile()
    {
        var header = new List<string>();
        using var data = new MemoryStream();
        foreach (var (name, shape) in State)
        {
            var start = data.Length;
            if (shape.Length == 0)
                data.Write(BitConverter.GetBytes(3L));
            else
                data.Write(MemoryMarshal.AsBytes<float>(Numbers(name, shape)));
            var type = shape.Length == 0 ? "I64" : "F32";
            header.Add(
                $$"""
                "{{name}}":{"dtype":"{{type}}","shape":[{{string.Join(',', shape)}}],"data_offsets":[{{start}},{{data.Length}}]}
                """);
        }

        return SafetensorsFile.Of($"{{{string.Join(',', header)}}}", data.ToArray());
    }

    // The same formulas as in the script.
    private static float[] Numbers(string name, int[] shape)
    {
        var key = name.Aggregate(0xCBF29CE484222325, (hash, letter) => (hash ^ letter) * 0x100000001B3);
        var range = Math.Sqrt(6 / (double)shape.Skip(1).Aggregate(1, (product, size) => product * size));
        Func<double, double> valueOf = name.Split('.')[^1] switch
        {
            _ when shape.Length > 1 => u => (2 * u - 1) * range,
            "weight" or "running_var" => u => u + 0.5,
            "bias" => u => u + 3,
            _ => u => (2 * u - 1) / 4,
        };
        var numbers = new float[shape.Aggregate(1, (product, size) => product * size)];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)valueOf(Uniform(key, i));
        return numbers;
    }

    private static double Uniform(ulong key, int place)
    {
        var z = key + (ulong)(place + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 40) / (double)(1 << 24);
    }

    private static double[] DoublesOf(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetDouble())];
}
