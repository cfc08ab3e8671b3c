using System.Text;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>Safetensors files: those of Goldens/, which make_safetensors.py wrote with PyTorch, and others byte by byte.</summary>
internal static class SafetensorsFile
{
    public static byte[] OfPyTorch(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Goldens", $"{name}.safetensors"));

    public static byte[] Of(string header, params ReadOnlySpan<byte> data) => Of(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Of(byte[] header, ReadOnlySpan<byte> data) => [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. data];

    public static byte[] Save(Network network, Func<string, string?>? mapping = null) =>
        Saved.Written(stream => network.SaveSafetensors(stream, mapping));

    public static IncompatibleKeys Load(Network network, byte[] file, Func<string, string?>? mapping = null, bool strict = true) =>
        network.LoadSafetensors(new MemoryStream(file), mapping, strict);
}
