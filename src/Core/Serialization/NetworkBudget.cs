using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Compares what a network in a file would take with the bytes that are there and with <see cref="ModelLimits"/>.</summary>
internal static class NetworkBudget
{
    /// <summary>To be asked before anything is built, because building allocates what the plans ask for.</summary>
    /// <param name="plans">Of all layers.</param>
    /// <param name="leavesOutRows">Whether weights of the first layer are not in the file.</param>
    /// <param name="reader">Stands on the numbers of the layers.</param>
    /// <exception cref="ModelFormatException">The network takes too much.</exception>
    public static void RequireMemory(IReadOnlyList<LayerPlan> plans, bool leavesOutRows, PayloadReader reader)
    {
        var leftOut = leavesOutRows ? (Int128)plans[0].Site.Input.Size * plans[0].Site.Output.Size : 0;
        var (stored, implied) = (-leftOut, leftOut);
        foreach (var leaf in plans.SelectMany(plan => plan.Leaves))
        {
            stored += leaf.Definition.StateSize(leaf.Site.Input);
            implied += leaf.Definition.ImpliedSize(leaf.Site.Input);
        }

        if (sizeof(float) * stored > reader.Left)
            throw reader.Invalid(
                $"its layers need {sizeof(float) * stored} bytes of parameters, where {reader.Left} bytes are left.");
        var limits = reader.Limits;
        reader.RequireWithin(limits.ImpliedParameters, nameof(limits.ImpliedParameters), implied, "parameters that it does not hold");
        reader.RequireWithin(
            limits.ActivationsPerRow, nameof(limits.ActivationsPerRow), ActivationsOf(plans),
            "values at once in the prediction of one row");
    }

    /// <exception cref="ModelFormatException">The network takes too long.</exception>
    public static void RequireTime(IEnumerable<Layer> layers, PayloadReader reader)
    {
        var limits = reader.Limits;
        Int128 operations = 0;
        foreach (var layer in layers.SelectMany(Leaves))
            operations += layer.Operations;
        reader.RequireWithin(
            limits.OperationsPerRow, nameof(limits.OperationsPerRow), operations, "float operations for the prediction of one row");
    }

    /// <summary>
    /// Values that the prediction of one row keeps at once. A predictor has two buffers as wide as its widest layer, and a block has the
    /// predictors of its parts, one at a time, and an output.
    /// </summary>
    public static Int128 ActivationsOf(IReadOnlyList<LayerPlan> plans)
    {
        Int128 widest = plans[0].Site.Input.Size, besides = 0;
        foreach (var plan in plans)
        {
            widest = Int128.Max(widest, plan.Site.Output.Size);
            besides = Int128.Max(besides, plan.Parts.Count == 0
                ? plan.Definition.ScratchSize(plan.Site.Input)
                : plan.Site.Output.Size + plan.Parts.Select(ActivationsOf).Max());
        }

        return (2 * widest) + besides;
    }

    private static IEnumerable<Layer> Leaves(Layer layer) => layer is BlockLayer ? layer.InnerLayers.SelectMany(Leaves) : [layer];
}
