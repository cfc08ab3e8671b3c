using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

/// <summary>Networks that were saved once, with every kind of layer among them, and what they predicted then.</summary>
public class KeptNetworkTests
{
    public static TheoryData<string, float[]> Networks => new()
    {
        { "network-of-vectors.bin", [-2.1296403f, 0.7444662f, -0.70336246f, -1.1469653f] },
        { "network-of-images.bin", [1.0235783f, -1.4273127f, -2.3062656f, 0.7140554f, -2.0000517f, -2.8975205f] },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Load_KeptNetwork_PredictsAsRecorded(string file, float[] recorded)
    {
        var network = Load(file);
        float[] features = [.. Enumerable.Range(0, 2 * network.InputShape.Size).Select(i => MathF.Sin(i))];
        var outputs = new float[2 * network.OutputShape.Size];

        network.Predict(features, outputs);

        // Processors may add in another order.
        outputs.ShouldAgree([.. recorded.Select(value => (double)value)], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Save_KeptNetwork_IsWrittenByteForByteAsBefore(string file, float[] _) =>
        Saved.Bytes(Load(file)).Should().Equal(File.ReadAllBytes(PathOf(file)));

    // So that a new kind of layer comes with a kept network.
    [Fact]
    public void Load_AllKeptNetworks_HaveEveryKindOfLayer()
    {
        var kinds = typeof(LayerDefinition).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(LayerDefinition)) && !type.IsAbstract);

        new[] { "network-of-vectors.bin", "network-of-images.bin" }.SelectMany(file => KindsIn(Load(file).Definition)).Distinct()
            .Should().BeEquivalentTo(kinds);

        static IEnumerable<Type> KindsIn(NetworkDefinition? network) => (network?.Layers ?? []).SelectMany<LayerDefinition, Type>(
            layer => [layer.GetType(), .. KindsIn((layer as BlockDefinition)?.Inner), .. KindsIn((layer as ResidualDefinition)?.Shortcut)]);
    }

    private static Network Load(string file) => Network.Load(new MemoryStream(File.ReadAllBytes(PathOf(file))));

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Payloads", file);
}
