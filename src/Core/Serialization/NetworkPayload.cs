using MLNet.BatchNorm.Core.Networks;

// The body of a NETW payload, version 1 (head, checksum and the form of numbers and arrays: PayloadFormat.cs):
//
//   input shape: int32 height, int32 width, int32 channels
//   int32 number of layers, then every layer's definition:
//     byte 1, dense:      int32 units, boolean bias, initializer (byte 1 He, 2 Glorot, 3 PyTorch; 4 normal, with float32 deviation)
//     byte 2, batch norm as it was written up to version 0.1:
//                         float32 epsilon, boolean has momentum, float32 momentum if so, boolean center, boolean scale
//     byte 3, activation: byte 1 ReLU, 2 sigmoid, 3 tanh, 4 leaky ReLU, with float32 slope, 5 ELU, with float32 alpha, 6 GELU, 7 SiLU,
//                         8 GELU by tanh, 9 hard swish, 10 softplus, 11 Mish
//     byte 4, dropout:    float32 rate
//     byte 5, batch norm: norm, boolean has momentum, float32 momentum if so, byte freeze (0 nothing, 1 statistics, 2 affine too),
//                         int32 virtual batch size (0: none), boolean weighted statistics, boolean has renormalization, and if so
//                         float32 r max, float32 d max, int32 warmup batches, int32 r max reached after, int32 d max reached after
//     byte 6, group norm: norm, int32 groups
//     byte 7, layer norm: norm
//     byte 8, instance norm: norm
//     byte 9, convolution: int32 filters, boolean bias, initializer, int32 kernel height, int32 kernel width, int32 stride, int32 padding
//     byte 10, max pool:   int32 size, int32 stride (0: the size), int32 padding
//     byte 11, average pool: as max pool
//     byte 12, global average pool; byte 13, flatten: nothing more
//     byte 16, residual block: initializer of the projection, int32 number of inner layers, then every inner layer's definition
//     byte 17, residual block with a shortcut: as 16, then int32 number of the shortcut's layers and every one's definition
//     byte 19, concat block: int32 number of inner layers, then every inner layer's definition
//     byte 18, encoding of features: int32 bins, array mean, array factor, for every feature array edges, then array means of bins
//     byte 20, dense whose array weight leaves out rows of zeros, as the first layer only: as 1
//     byte 21, parametric ReLU: float32 initial slope
//     byte 22, RMS norm:   float32 epsilon
//     byte 23, convolution that byte 9 cannot say: int32 filters, boolean bias, initializer, int32 kernel height, int32 kernel width,
//                          size stride, padding, size dilation, int32 groups
//     byte 24, max pool that byte 10 cannot say: size, size stride (0: the size), padding, size dilation, boolean ceil mode
//     byte 25, average pool that byte 11 cannot say: as byte 24, then boolean count include pad
//     byte 26, global max pool: nothing more
//   where norm is float32 epsilon, boolean center, boolean scale, float32 initial gamma; a size int32 height, int32 width; padding int32
//   top, left, bottom, right;
//   then every layer's numbers, in the same order:
//     dense:      array weight (inputs x units, row by row), array bias if it has one
//     dense that leaves out rows: int32 number of rows that are there, then the int32 index of each, ascending; array of their weights;
//                 array bias if it has one. Rows that are not there are 0.
//     convolution: array filters (kernel height x kernel width x channels of a group x filters), array bias if it has one
//     norms:      array gamma if it scales, array beta if it centers
//     parametric ReLU: array slope; RMS norm: array gamma
//     batch norm: then array running mean, array running variance, int64 number of batches
//     concat block: the numbers of every inner layer
//     residual block: the numbers of every inner layer, then of every layer of the shortcut, or of the projection if the shapes differ:
//                     to a vector a dense layer without bias, to an image a convolution without bias and the norm that the inner layers
//                     end with, if they end with one

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// Saves and loads a network: definition, parameters and running statistics, exactly. The state of an optimizer is not part of it.
/// </summary>
internal static class NetworkPayload
{
    public static readonly PayloadKind Kind = new("NETW", "network", Version: 1);

    /// <exception cref="InvalidOperationException">A number of the network is not finite.</exception>
    public static void Write(Network network, Stream stream)
    {
        var writer = new PayloadWriter(Kind);
        Write(network, writer);
        writer.WriteTo(stream);
    }

    public static Network Read(Stream stream)
    {
        var reader = PayloadReader.Open(stream, Kind);
        var network = Read(reader);
        reader.Close();
        return network;
    }

    /// <summary>Writes a network as part of another payload.</summary>
    /// <exception cref="InvalidOperationException">A number of the network is not finite.</exception>
    public static void Write(Network network, PayloadWriter writer)
    {
        writer.Write(network.InputShape.Height);
        writer.Write(network.InputShape.Width);
        writer.Write(network.InputShape.Channels);
        var leavesOutRows = NetworkPayloadRows.Pays(network);
        NetworkPayloadDefinitions.Write(network.Definition, writer, leavesOutRows);
        NetworkPayloadNumbers.Write(network, writer, leavesOutRows);
    }

    /// <summary>Reads a network that is part of another payload.</summary>
    public static Network Read(PayloadReader reader)
    {
        try
        {
            var input = Shape.Image(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            var definition = NetworkPayloadDefinitions.Read(reader, out var leavesOutRows);
            if (definition.Layers.Count == 0)
                throw reader.Invalid("it has no layers.");
            var plans = LayerPlan.OfEmpty(definition, input);
            NetworkBudget.RequireMemory(plans, leavesOutRows, reader);
            var network = new Network(plans, input);
            NetworkBudget.RequireTime(network.Layers, reader);
            NetworkPayloadNumbers.Read(network, reader, leavesOutRows);
            return network;
        }
        catch (ArgumentException reason)   // an option out of range, or layers that do not fit
        {
            throw reader.Invalid(reason.Message);
        }
    }

    /// <summary>Writes what the layers have learned, without their definitions.</summary>
    /// <exception cref="InvalidOperationException">A number of the network is not finite.</exception>
    public static void WriteState(Network network, PayloadWriter writer) =>
        NetworkPayloadNumbers.Write(network, writer, leavesOutRows: false);

    /// <summary>Reads what <see cref="WriteState(Network, PayloadWriter)"/> wrote of a network with the same layers.</summary>
    public static void ReadState(Network network, PayloadReader reader) =>
        NetworkPayloadNumbers.Read(network, reader, leavesOutRows: false);
}
