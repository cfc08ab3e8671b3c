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

    internal override int Depth => 1 + Inner.Depth;

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape input) => Plan(input, random: null, Kind).Output;

    /// <summary>Plans what is inside, whose options are settled.</summary>
    /// <param name="input">Shape of one example in front of the block.</param>
    /// <param name="random">The block's own stream, or null: <see cref="LayerSite"/>.</param>
    /// <param name="name">Its name, which those of the inner layers start with.</param>
    /// <exception cref="ArgumentException">A layer cannot take what comes in, or the shapes cannot be put together.</exception>
    internal abstract BlockPlan Plan(Shape input, CounterRandom? random, string name);

    /// <summary>Builds what was planned.</summary>
    internal abstract Layer Build(LayerSite site, IReadOnlyList<IReadOnlyList<LayerPlan>> parts);

    internal sealed override Layer Build(LayerSite site)
    {
        var settled = (BlockDefinition)Settle(next: null, Initializer.He);
        return settled.Build(site, settled.Plan(site.Input, site.Random, site.Name).Parts);
    }

    private protected void RequireNotTooDeep(string argument)
    {
        if (Depth > MaximumDepth)
            throw new ArgumentException($"Blocks can be nested {MaximumDepth} deep, not {Depth}.", argument);
    }
}

/// <summary>What is inside a block.</summary>
/// <param name="Output">Shape of one example behind the block.</param>
/// <param name="Parts">Its networks, in the order in which they are saved.</param>
internal readonly record struct BlockPlan(Shape Output, IReadOnlyList<IReadOnlyList<LayerPlan>> Parts);
