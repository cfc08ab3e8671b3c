using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Networks;

/// <summary>Makes a network without batch norm that gives in inference what a trained one gives.</summary>
internal static class BatchNormFolding
{
    public static Network Fold(Network trained)
    {
        var folded = new Network(Fold(trained.Definition, trained.Layers), trained.InputShape, seed: 0);
        Copy(trained, folded);
        return folded;
    }

    private static NetworkDefinition Fold(NetworkDefinition definition, IReadOnlyList<Layer> layers)
    {
        var folded = new List<LayerDefinition>();
        for (var i = 0; i < layers.Count; i++)
        {
            if (layers[i] is BatchNormLayer)
                RequireFoldable(layers, i);
            else
                folded.Add((definition.Layers[i], layers[i]) switch
                {
                    (LinearDefinition linear, _) when NormBehind(layers, i) is not null => linear with { UseBias = true },
                    (ResidualDefinition block, ResidualLayer built) => Fold(block, built),
                    (ConcatDefinition block, ConcatLayer built) => new ConcatDefinition(Fold(block.Inner, built.Parts[0].Layers)),
                    var (other, _) => other,
                });
        }

        return new NetworkDefinition(folded);
    }

    // A projection that loses its batch norm has a bias instead, which only a shortcut of its own can say.
    private static ResidualDefinition Fold(ResidualDefinition block, ResidualLayer built) => block.With(
        Fold(block.Inner, built.Inner.Layers),
        built.Projection is { } projection && (block.Shortcut is not null || projection.Layers.Any(layer => layer is BatchNormLayer))
            ? Fold(projection.Definition, projection.Layers)
            : null);

    private static void RequireFoldable(IReadOnlyList<Layer> layers, int norm)
    {
        if (norm > 0 && layers[norm - 1] is LinearLayer)
            return;
        var place = norm == 0 ? "comes first" : $"stands behind '{layers[norm - 1].Name}'";
        throw new InvalidOperationException(
            $"Layer '{layers[norm].Name}' {place}. Batch norm can be folded only into a dense layer or a convolution right in front of it. "
            + "Use ToPredictor, which folds what can be and keeps the rest.");
    }

    private static void Copy(Network trained, Network folded)
    {
        var kept = Enumerable.Range(0, trained.Layers.Count).Where(i => trained.Layers[i] is not BatchNormLayer);
        foreach (var (i, target) in kept.Zip(folded.Layers))
            if (NormBehind(trained.Layers, i) is { } norm)
                ((LinearLayer)target).CopyFolded((LinearLayer)trained.Layers[i], norm.InferenceAffine()!.Value);
            else if (target is BlockLayer block)
                Copy((BlockLayer)trained.Layers[i], block);
            else
                target.CopyFrom(trained.Layers[i]);
    }

    private static void Copy(BlockLayer trained, BlockLayer folded)
    {
        foreach (var (from, to) in trained.Parts.Zip(folded.Parts))
            Copy(from, to);
    }

    private static BatchNormLayer? NormBehind(IReadOnlyList<Layer> layers, int i) =>
        i + 1 < layers.Count ? layers[i + 1] as BatchNormLayer : null;
}
