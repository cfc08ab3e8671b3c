using System.Globalization;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A layer with its options settled, its name and its shapes known, but nothing allocated yet.</summary>
internal sealed record LayerPlan(LayerDefinition Definition, LayerSite Site)
{
    /// <summary>The networks inside a block, in the order in which they are saved; of other layers none.</summary>
    public IReadOnlyList<IReadOnlyList<LayerPlan>> Parts { get; init; } = [];

    /// <summary>The layer itself, or those inside it that are not blocks.</summary>
    public IEnumerable<LayerPlan> Leaves => Parts.Count == 0 ? [this] : Parts.SelectMany(part => part).SelectMany(plan => plan.Leaves);

    public Layer Build() => Explained(
        Site.Index, Site.Name, () => Definition is BlockDefinition block ? block.Build(Site, Parts) : Definition.Build(Site));

    /// <summary>The plans of a network whose numbers follow from a seed.</summary>
    /// <exception cref="ArgumentException">There is no layer or no shape, or as <see cref="Of"/> says.</exception>
    public static List<LayerPlan> OfNew(NetworkDefinition definition, Shape input, int seed, Initializer? initializer)
    {
        ArgumentNullException.ThrowIfNull(definition);
        if (definition.Layers.Count == 0)
            throw new ArgumentException("A network needs at least one layer, for example net => net.Dense(16).", nameof(definition));
        if (input == default)
            throw new ArgumentException("A network needs an input shape, for example Shape.Vector(64).", nameof(input));

        var random = new CounterRandom((ulong)seed).Derive(RandomStream.Initialization);
        return Of(definition, input, initializer ?? Initializer.He, random);
    }

    /// <summary>The plans of a network whose numbers are to be replaced by others.</summary>
    /// <exception cref="ArgumentException">A layer cannot take what comes in; the message starts with its number and name.</exception>
    public static List<LayerPlan> OfEmpty(NetworkDefinition definition, Shape input) =>
        OfSettled(definition.Settle(Initializer.He), input, random: null, prefix: "");   // no search for a size: a file may be anything

    /// <summary>Names the layers "dense1", "dense2" and so on, after a prefix, settles open options and checks the shapes.</summary>
    /// <exception cref="ArgumentException">
    /// A layer cannot take what comes in; the message starts with its number and name, or where images are too small with their size.
    /// </exception>
    public static List<LayerPlan> Of(
        NetworkDefinition network, Shape input, Initializer initializer, CounterRandom? random, string prefix = "")
    {
        var settled = network.Settle(initializer);
        try
        {
            return OfSettled(settled, input, random, prefix);
        }
        catch (ArgumentException reason) when (SmallImages.ErrorFor(settled, input, reason) is { } error)
        {
            throw error;
        }
    }

    /// <summary>As <see cref="Of"/>, where no option is open: once for a network and all blocks in it, however deep.</summary>
    public static List<LayerPlan> OfSettled(NetworkDefinition network, Shape input, CounterRandom? random, string prefix)
    {
        var plans = new List<LayerPlan>(network.Layers.Count);
        var ofKind = new Dictionary<string, int>();
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var definition = network.Layers[i];
            var number = ofKind[definition.Kind] = ofKind.GetValueOrDefault(definition.Kind) + 1;
            var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{definition.Kind}{number}");
            var site = new LayerSite(i, name, input, Output: default, random?.Derive((ulong)i));
            var plan = Explained(i, name, () => At(site, definition));
            plans.Add(plan);
            input = plan.Site.Output;
        }

        return plans;
    }

    private static LayerPlan At(LayerSite site, LayerDefinition definition)
    {
        if (definition is not BlockDefinition block)
            return new LayerPlan(definition, site with { Output = definition.OutputShape(site.Input) });
        var (output, parts) = block.Plan(site.Input, site.Random, site.Name);
        return new LayerPlan(definition, site with { Output = output }) { Parts = parts };
    }

    private static T Explained<T>(int index, string name, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException reason)
        {
            throw new ArgumentException($"Layer {index + 1} '{name}': {reason.Message}", reason);
        }
    }
}
