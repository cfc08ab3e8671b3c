using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Serialization.Safetensors;

namespace MLNet.BatchNorm;

/// <summary>
/// Exchanges the numbers of a <see cref="Network"/> with PyTorch, by files in the safetensors format (github.com/huggingface/safetensors):
/// parameters and running statistics, with the names and shapes that a <c>torch.nn.Sequential</c> of the same layers gives them. The layers
/// themselves and their options, such as epsilon, are not in such a file.
/// </summary>
/// <remarks>
/// <para>
/// Names: "0.weight" and "0.bias" of a dense layer, a convolution or a norm, the number being the layer's position from 0, layers without
/// numbers included; of batch norm also "1.running_mean", "1.running_var" and "1.num_batches_tracked". A dense layer that gets an image has
/// a Flatten in front of it in PyTorch, which counts, unless the network has a layer for it. Layers inside a residual or concat block at
/// position 3 are "3.inner.0.weight", those of a residual block's shortcut or projection "3.shortcut.0.weight". The first layer that
/// standardizes features is "0.mean" and "0.factor": y = (x - mean) * factor.
/// </para>
/// <para>
/// Shapes: dense [units, inputs], convolution [filters, channels, height, width]; values behind a Flatten stand channel by channel, as
/// PyTorch flattens, where ours stand pixel by pixel.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var network = new Network(NetworkDefinition.Empty.Dense(16).BatchNorm().Relu().Dense(3), Shape.Vector(4), seed: 1);
/// using (FileStream file = File.Create("weights.safetensors"))
///     network.SaveSafetensors(file);                     // in PyTorch: load_file, load_state_dict
/// using (FileStream file = File.OpenRead("weights.safetensors"))
///     network.LoadSafetensors(file);
/// </code>
/// </example>
public static class SafetensorsSerialization
{
    /// <summary>Writes parameters and running statistics: F32, and I64 for the number of batches.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">Stays open.</param>
    /// <param name="mapping">
    /// What a tensor is called in the file, given its name in the Sequential; null for one that is left out. No mapping: the same.
    /// </param>
    /// <exception cref="NotSupportedException">A layer has no counterpart in PyTorch; the message names it.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name by the mapping, or one that no tensor can have.</exception>
    public static void SaveSafetensors(this Network network, Stream stream, Func<string, string?>? mapping = null)
    {
        Require.Writable(stream, nameof(stream));
        SafetensorsWriter.Write(NamedTensors.Of(Require.NotNull(network, nameof(network)), mapping), stream);
    }

    /// <summary>
    /// Replaces parameters and running statistics by those of a file: F32, F64, F16 or BF16, I64 for the number of batches. A bias in
    /// front of batch norm, which a layer of PyTorch has and ours has not by default, is subtracted from the running mean, which gives the
    /// same outputs. If the file cannot be taken, the network stays as it is.
    /// </summary>
    /// <param name="network">
    /// A network with the layers of the file: one made by its constructor, or a copy of a model's (<see cref="Network.Copy"/>).
    /// </param>
    /// <param name="stream">Is read to its end and stays open. It may come from anybody: nothing in it is run or believed.</param>
    /// <param name="mapping">
    /// What a tensor is called in the file, given its name in the Sequential; null for one that is not in the file and stays as it is. No
    /// mapping: the same. <see cref="TorchvisionNames"/> has one.
    /// </param>
    /// <param name="strict">
    /// Whether the file must have all tensors of the network and no others; else those missing in the file stay as they are, and others are
    /// passed over. Shapes must fit always.
    /// </param>
    /// <returns>What the file lacks and what it has beyond the network, which is nothing if <paramref name="strict"/>.</returns>
    /// <exception cref="ModelFormatException">The stream holds something else, is damaged, or does not fit the network.</exception>
    /// <exception cref="InvalidOperationException">The network belongs to a model: <see cref="Network.IsReadOnly"/>.</exception>
    /// <exception cref="NotSupportedException">A layer has no counterpart in PyTorch; the message names it.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name by the mapping, or one that no tensor can have.</exception>
    public static IncompatibleKeys LoadSafetensors(
        this Network network, Stream stream, Func<string, string?>? mapping = null, bool strict = true)
    {
        Require.Readable(stream, nameof(stream));
        Require.NotNull(network, nameof(network)).StartChange();
        return SafetensorsReader.Read(NamedTensors.Of(network, mapping), stream, strict);
    }
}

/// <summary>How the tensors of a file and of a network differ, by their names in the file.</summary>
/// <param name="Missing">Those that the network has and the file has not.</param>
/// <param name="Unexpected">Those that the file has and the network has not.</param>
/// <example>
/// <code>
/// var definition = NetworkDefinition.Empty.Dense(16).Relu();
/// var source = new Network(definition, Shape.Vector(4), seed: 1);
/// var target = new Network(definition.Dense(3), Shape.Vector(4), seed: 2);
/// using var file = new MemoryStream();
/// source.SaveSafetensors(file);
/// file.Position = 0;
///
/// IncompatibleKeys differences = target.LoadSafetensors(file, strict: false);
/// Console.WriteLine(string.Join(", ", differences.Missing));   // 2.weight, 2.bias
/// </code>
/// </example>
public sealed record IncompatibleKeys(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected);
