namespace MLNet.BatchNorm.Core.Networks;

/// <summary>The options of layers by name, to compare networks by: dropout1.Rate = 0.2.</summary>
internal static class LayerOptions
{
    // These say how training starts, and what it leaves alone, but not what a trained layer computes.
    private static readonly string[] OfStart =
    [
        nameof(DenseDefinition.Initializer), nameof(NormDefinition.InitialGamma), nameof(PReluDefinition.InitialSlope),
        nameof(BatchNormDefinition.Freeze),
    ];

    /// <summary>All options of the layers of a network.</summary>
    public static IReadOnlyList<OptionValue> Of(Network network) =>
        [.. network.Layers.Zip(network.Definition.Layers).SelectMany(layer => OptionValue.Of(layer.First.Name, layer.Second))];

    /// <summary>The same of layers that are not built.</summary>
    public static IReadOnlyList<OptionValue> Of(IEnumerable<LayerPlan> plans) =>
        [.. plans.SelectMany(plan => OptionValue.Of(plan.Site.Name, plan.Definition))];

    /// <summary>Without those that count no more once a network is trained.</summary>
    public static IEnumerable<OptionValue> OfTrained(IEnumerable<OptionValue> options) =>
        options.Where(option => !option.Name.Split('.').Intersect(OfStart).Any());
}
