using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm;

/// <summary>One layer of a network as it is written down: options only, no numbers that training changes. Immutable.</summary>
public abstract record LayerDefinition
{
    private protected LayerDefinition()
    {
    }

    /// <summary>Lower-case name of the kind of layer; a network numbers its layers by it: "dense1", "dense2".</summary>
    internal abstract string Kind { get; }

    /// <summary>
    /// Whether the layer in front of it has no bias of its own unless it asks for one, because this one has what does the same.
    /// </summary>
    internal virtual bool ReplacesBias => false;

    /// <summary>How deep blocks are nested in it.</summary>
    internal virtual int Depth => 0;

    /// <summary>The shape of one example behind this layer.</summary>
    /// <param name="input">The shape of one example in front of it.</param>
    /// <returns>The output shape.</returns>
    /// <exception cref="ArgumentException">The layer cannot take this input.</exception>
    public virtual Shape OutputShape(Shape input) => input;

    /// <summary>How many numbers the built layer keeps for good: parameters and running statistics.</summary>
    internal virtual long StateSize(Shape input) => 0;

    /// <summary>
    /// The layer as it will be built in front of <paramref name="next"/> (null: it is the last) in a network whose weights start like
    /// <paramref name="initializer"/>: options left to the network are settled here.
    /// </summary>
    internal virtual LayerDefinition Settle(LayerDefinition? next, Initializer initializer) => this;

    /// <summary>The layer with its batch normalization, if it has any, frozen so far and no further.</summary>
    internal virtual LayerDefinition WithFrozenBatchNorm(BatchNormFreeze freeze) => this;

    /// <summary>The layer itself, with its parameters at their first values.</summary>
    internal abstract Layer Build(LayerSite site);
}

/// <summary>Where in a network a layer is built.</summary>
/// <param name="Index">Position, from 0.</param>
/// <param name="Name">Name in tables and errors, as "dense2".</param>
/// <param name="Input">Shape of one example in front of the layer.</param>
/// <param name="Output">Shape of one example behind it.</param>
/// <param name="Random">For initial values; the layer's own stream.</param>
internal readonly record struct LayerSite(int Index, string Name, Shape Input, Shape Output, CounterRandom Random);
