using System.Text.Json;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Values from Goldens/, which make_goldens.py wrote with PyTorch.</summary>
internal sealed class Golden(string name)
{
    private readonly JsonElement root =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", name))).RootElement;

    public int Int(string key) => root.GetProperty(key).GetInt32();

    public double Double(string key) => root.GetProperty(key).GetDouble();

    public double[] Doubles(string key) => DoublesOf(root.GetProperty(key));

    public float[] Floats(string key) => [.. Doubles(key).Select(value => (float)value)];

    public double[][] Table(string key) => [.. root.GetProperty(key).EnumerateArray().Select(DoublesOf)];

    public float[][] FloatTable(string key) => [.. Table(key).Select(row => row.Select(value => (float)value).ToArray())];

    private static double[] DoublesOf(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetDouble())];
}
