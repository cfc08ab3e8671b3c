namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>
/// How many float operations the products of a network are for one row, each multiplication and each addition being one. Convolutions count
/// as if made the direct way; what is not a product does not count.
/// </summary>
internal static class NetworkOperations
{
    public static double OfPrediction(Network network) => Products(network).Sum();

    /// <summary>The gradients of weights and of inputs take as many as the way forward each; the first layer needs no latter.</summary>
    public static double OfTraining(Network network) => 3 * OfPrediction(network) - Products(network).First();

    private static IEnumerable<double> Products(Network network) =>
        network.Layers.SelectMany(WithInner).OfType<LinearLayer>().Select(layer => (double)layer.Operations);

    private static IEnumerable<Layer> WithInner(Layer layer) => layer.InnerLayers.SelectMany(WithInner).Prepend(layer);
}
