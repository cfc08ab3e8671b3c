using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Interchange;

namespace MLNet.BatchNorm;

/// <summary>Writes a <see cref="Network"/> in formats that other programs read.</summary>
/// <example>
/// <code>
/// var network = new Network(NetworkDefinition.Empty.Dense(8).BatchNorm().Relu().Dense(2), Shape.Vector(4), seed: 1);
/// using FileStream file = File.Create("network.onnx");
/// network.SaveAsOnnx(file, foldBatchNorm: true);
/// </code>
/// </example>
public static class NetworkExport
{
    /// <summary>
    /// Writes what <see cref="Network.Predict(ReadOnlySpan{float}, Span{float})"/> computes as an ONNX graph (https://onnx.ai; IR version
    /// 8, operator set 17) with one input, features, [N, size] or of images [N, height, width, channels], and one output, outputs,
    /// likewise. Each layer is a node of its name; dropout is left out. What only training needs, such as momentum, is not part of it:
    /// that is what Save writes.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">Stays open.</param>
    /// <param name="foldBatchNorm">
    /// Whether batch norm right behind a dense layer or convolution becomes part of its weights; other batch norm stays.
    /// </param>
    /// <exception cref="NotSupportedException">A layer has no counterpart in ONNX, or the file would be larger than 2 GB.</exception>
    public static void SaveAsOnnx(this Network network, Stream stream, bool foldBatchNorm = false)
    {
        Require.NotNull(network, nameof(network));
        Require.Writable(stream, nameof(stream));
        var file = new OnnxFile();
        var exported = new OnnxNetwork(file, foldBatchNorm);
        var dimensions = OnnxNetwork.DimensionsOf(network.InputShape);
        var features = exported.Input(file.Input("features", dimensions), dimensions, network.InputShape, isPlanar: false);
        file.Output(exported.Output("outputs", exported.Add(network, features)));
        file.WriteTo(stream);
    }
}
