using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Serialization;

namespace MLNet.BatchNorm;

/// <summary>Saves and loads a <see cref="Network"/> alone, without the pipeline around it.</summary>
/// <example>
/// <code>
/// var network = new Network(NetworkDefinition.Empty.Dense(8).Relu().Dense(2), Shape.Vector(4), seed: 1);
/// using var file = new MemoryStream();
/// network.Save(file);
/// file.Position = 0;
/// Network loaded = Network.Load(file);
/// Console.WriteLine(loaded.ParameterCount == network.ParameterCount);   // True
/// </code>
/// </example>
public static class NetworkSerialization
{
    /// <summary>
    /// Writes layers, parameters and running statistics, exactly. A later version reads them too. What belongs to a pipeline (columns,
    /// labels) is not part of it: that is what <c>mlContext.Model.Save</c> writes.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">Stays open.</param>
    public static void Save(this Network network, Stream stream) =>
        NetworkPayload.Write(Require.NotNull(network, nameof(network)), Require.Writable(stream, nameof(stream)));

    extension(Network)
    {
        /// <summary>Reads what <see cref="Save"/> wrote.</summary>
        /// <param name="stream">Stays open.</param>
        /// <returns>The network; it can be changed.</returns>
        /// <exception cref="ModelFormatException">The stream holds something else, is damaged, or is of a newer version.</exception>
        public static Network Load(Stream stream) => NetworkPayload.Read(Require.Readable(stream, nameof(stream)));
    }
}
