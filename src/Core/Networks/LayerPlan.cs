using System.Globalization;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A layer with its options settled, its name and its shapes known, but nothing allocated yet.</summary>
internal sealed record LayerPlan(LayerDefinition Definition, LayerSite Site)
{
    public long StateSize => Definition.StateSize(Site.Input);

    public Layer Build() => Explained(Site.Index, Site.Name, () => Definition.Build(Site));

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

    /// <summary>Names the layers "dense1", "dense2" and so on, after a prefix, settles open options and checks the shapes.</summary>
    /// <exception cref="ArgumentException">A layer cannot take what comes in; the message starts with its number and name.</exception>
    public static List<LayerPlan> Of(
        NetworkDefinition network, Shape input, Initializer initializer, CounterRandom random, string prefix = "")
    {
        var plans = new List<LayerPlan>();
        var ofKind = new Dictionary<string, int>();
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var definition = network.Layers[i].Settle(network.Layers.ElementAtOrDefault(i + 1), initializer);
            var number = ofKind[definition.Kind] = ofKind.GetValueOrDefault(definition.Kind) + 1;
            var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}{definition.Kind}{number}");
            var shape = input;
            var output = Explained(i, name, () => definition.OutputShape(shape));
            plans.Add(new LayerPlan(definition, new LayerSite(i, name, input, output, random.Derive((ulong)i))));
            input = output;
        }

        return plans;
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
