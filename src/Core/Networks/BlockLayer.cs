using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>A layer made of networks, which trains.</summary>
/// <param name="site">Where it is built.</param>
/// <param name="parts">Its networks, in the order in which they are saved.</param>
internal abstract class BlockLayer(LayerSite site, IReadOnlyList<Network> parts) : Layer(site)
{
    /// <summary>Its networks, in the order in which they are saved.</summary>
    public IReadOnlyList<Network> Parts => parts;

    public override IReadOnlyList<Parameter> Parameters { get; } = [.. parts.SelectMany(part => part.TrainableParameters)];

    public override IReadOnlyList<Parameter> SavedParameters => [.. InnerLayers.SelectMany(layer => layer.SavedParameters)];

    public override long KeptValues => parts.Sum(part => part.RunningLayers.Sum(layer => part.Passes.KeptValues(layer, frozen: 0)));

    public override long Operations => base.Operations + InnerLayers.Sum(layer => layer.Operations);

    public override IEnumerable<Layer> InnerLayers => parts.SelectMany(part => part.Layers);

    public override void CopyFrom(Layer trained)
    {
        foreach (var (to, from) in parts.Zip(((BlockLayer)trained).Parts))
            to.CopyFrom(from);
    }
}
