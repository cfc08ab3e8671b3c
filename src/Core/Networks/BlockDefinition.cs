using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm;

/// <summary>A layer that is made of layers, and does something with what goes into them and what comes out.</summary>
/// <example>
/// <code>
/// NetworkDefinition net = NetworkDefinition.Empty
///     .Dense(16).Residual(inner => inner.Dense(16).BatchNorm().Relu());
/// foreach (BlockDefinition block in net.Layers.OfType&lt;BlockDefinition>())
///     Console.WriteLine($"{block.GetType().Name} of {block.Inner.Layers.Count} layers");   // ResidualDefinition of 3 layers
/// </code>
/// </example>
public abstract record BlockDefinition : LayerDefinition
{
    internal const int MaximumDepth = 16;

    private protected BlockDefinition(NetworkDefinition inner)
    {
        Inner = Require.NotNull(inner, nameof(inner));
        if (inner.Layers.Count == 0)
            throw new ArgumentException($"A {Kind} block needs at least one inner layer.", nameof(inner));
        RequireNotTooDeep(nameof(inner));
    }

    /// <summary>The inner layers.</summary>
    public NetworkDefinition Inner { get; private protected init; }

    internal override int Depth => 1 + DepthOf(Inner);

    private protected static int DepthOf(NetworkDefinition network) => network.Layers.Max(layer => layer.Depth);

    private protected static NetworkDefinition Settled(NetworkDefinition network, Initializer initializer) =>
        new([.. network.Layers.Select((layer, i) => layer.Settle(network.Layers.ElementAtOrDefault(i + 1), initializer))]);

    private protected static NetworkDefinition Frozen(NetworkDefinition network, BatchNormFreeze freeze) =>
        new([.. network.Layers.Select(layer => layer.WithFrozenBatchNorm(freeze))]);

    // A damaged file may ask for more than a long can say.
    private protected static long StateSizeOf(IEnumerable<LayerPlan> plans) =>
        (long)Int128.Min(plans.Aggregate(Int128.Zero, (sum, plan) => sum + plan.StateSize), long.MaxValue);

    private protected void RequireNotTooDeep(string argument)
    {
        if (Depth > MaximumDepth)
            throw new ArgumentException($"Blocks can be nested {MaximumDepth} deep, not {Depth}.", argument);
    }
}
