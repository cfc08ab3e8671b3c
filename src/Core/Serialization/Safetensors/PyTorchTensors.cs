using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm.Core.Serialization.Safetensors;

/// <summary>
/// The tensors of a network as a <c>torch.nn.Sequential</c> of the same layers has them: names, shapes, and where their numbers stand in
/// ours. The rules for names are in <see cref="SafetensorsSerialization"/>.
/// </summary>
internal sealed class PyTorchTensors
{
    private readonly List<NetworkTensor> tensors = [];

    private PyTorchTensors()
    {
    }

    public static IReadOnlyList<NetworkTensor> Of(Network network)
    {
        var all = new PyTorchTensors();
        all.Add(network, prefix: "", new Values(IsImage: network.InputShape.Pixels > 1, Order: null));
        return all.tensors;
    }

    private Values Add(Network network, string prefix, Values values)
    {
        var position = 0;
        for (var i = 0; i < network.Layers.Count; i++, position++)
        {
            var layer = network.Layers[i];
            if (layer is DenseLayer && values.IsImage)
            {
                values = Values.Flattened(layer.InputShape);
                position++;
            }

            values = Add(network.Definition.Layers[i], layer, $"{prefix}{position}.", values);
            if (layer is BatchNormLayer norm && i > 0 && network.Layers[i - 1] is LinearLayer { SavedParameters.Count: 1 })
                tensors.Add(new FoldedBiasTensor($"{prefix}{position - 1}.bias", norm));
        }

        return values;
    }

    /// <summary>Adds the tensors of a layer, and gives what its output is.</summary>
    private Values Add(LayerDefinition definition, Layer layer, string prefix, Values values)
    {
        switch (definition)
        {
            case DenseDefinition:
                AddDense(layer, prefix, values);
                return new Values(IsImage: false, Order: null);
            case Conv2DDefinition:
                RequireNoOrder(layer, values);
                AddConvolution(layer, prefix);
                return values with { IsImage = true };
            // Global pooling leaves an image of one pixel in PyTorch.
            case Pool2DDefinition or GlobalAveragePoolDefinition or GlobalMaxPoolDefinition:
                RequireNoOrder(layer, values);
                return values with { IsImage = true };
            case FlattenDefinition:
                return values.IsImage ? Values.Flattened(layer.InputShape) : values;
            case NormDefinition norm:
                AddNorm(norm, layer, prefix, values);
                return values;
            case FeatureEncodingDefinition { Bins: 0, Scales: { } scales }:
                RequireNoOrder(layer, values);
                tensors.Add(new FixedTensor($"{prefix}mean", scales.Mean, layer.Name));
                tensors.Add(new FixedTensor($"{prefix}factor", scales.Factor, layer.Name));
                return values;
            case ResidualDefinition:
                return AddResidual((ResidualLayer)layer, prefix, values);
            case ConcatDefinition:
                var inner = Add(((ConcatLayer)layer).Parts[0], $"{prefix}inner.", values);
                return inner.Then(values, layer.OutputShape.Channels - layer.InputShape.Channels, layer.InputShape.Channels);
            case PReluDefinition:
                tensors.Add(new NumbersTensor(
                    $"{prefix}weight", [layer.InputShape.Channels], () => layer.SavedParameters[0].Value, values.OurIndex));
                return values;
            case RmsNormDefinition:
                AddPerValue("weight", layer, prefix, values);
                return values;
            case ActivationDefinition or DropoutDefinition:
                return values;
            default:
                throw Unsupported(layer, "which has no counterpart in PyTorch.");
        }
    }

    // [channels, height, width] of an image where ours is [height, width, channels].
    private void AddPerValue(string name, Layer layer, string prefix, Values values)
    {
        var image = layer.InputShape;
        var (shape, ourIndex) = values.IsImage
            ? (new[] { image.Channels, image.Height, image.Width }, (Func<int, int>)Values.Flattened(image).OurIndex)
            : ([image.Size], values.OurIndex);
        tensors.Add(new NumbersTensor($"{prefix}{name}", shape, () => layer.SavedParameters[0].Value, ourIndex));
    }

    // [units, inputs] where ours is [inputs, units].
    private void AddDense(Layer layer, string prefix, Values values)
    {
        var (inputs, units) = (layer.InputShape.Size, layer.OutputShape.Size);
        AddLinear(layer, prefix, [units, inputs], i => values.OurIndex(i % inputs) * units + i / inputs);
    }

    // [filters, channels, height, width] where ours is [height, width, channels, filters].
    private void AddConvolution(Layer layer, string prefix)
    {
        if (layer.SavedParameters[0].Dimensions is not [var height, var width, var channels, var filters])
            throw Unsupported(layer, "whose filters are none of [height, width, channels, filters].");
        AddLinear(layer, prefix, [filters, channels, height, width], i =>
        {
            var (filter, inFilter) = Math.DivRem(i, channels * height * width);
            var (channel, pixel) = Math.DivRem(inFilter, height * width);
            return (pixel * channels + channel) * filters + filter;
        });
    }

    private void AddLinear(Layer layer, string prefix, int[] weightShape, Func<int, int> ourIndex)
    {
        var weight = layer.SavedParameters[0];
        tensors.Add(new NumbersTensor($"{prefix}weight", weightShape, () => weight.Value, ourIndex));
        foreach (var bias in layer.SavedParameters.Skip(1))
            tensors.Add(new NumbersTensor($"{prefix}bias", [bias.Length], () => bias.Value));
    }

    // PyTorch has both gamma and beta or neither.
    private void AddNorm(NormDefinition definition, Layer layer, string prefix, Values values)
    {
        var isPerValue = definition is LayerNormDefinition;
        if (definition is GroupNormDefinition)
            RequireNoOrder(layer, values);
        var image = layer.InputShape;
        var (shape, ourIndex) = isPerValue && values.IsImage
            ? ([image.Channels, image.Height, image.Width], Values.Flattened(image).OurIndex)
            : (new[] { isPerValue ? image.Size : image.Channels }, (Func<int, int>)values.OurIndex);

        if (definition.Scale || definition.Center)
        {
            AddAffine("weight", definition.Scale ? layer.SavedParameters[0] : null, otherwise: 1);
            AddAffine("bias", definition.Center ? layer.SavedParameters[^1] : null, otherwise: 0);
        }

        if (layer is not BatchNormLayer norm)
            return;
        tensors.Add(new NumbersTensor($"{prefix}running_mean", shape, () => norm.RunningMean, ourIndex));
        tensors.Add(new NumbersTensor($"{prefix}running_var", shape, () => norm.RunningVariance, ourIndex, minimum: 0));
        tensors.Add(new BatchesTensor($"{prefix}num_batches_tracked", norm));

        void AddAffine(string name, Parameter? learned, float otherwise)
        {
            if (learned is not null)
            {
                tensors.Add(new NumbersTensor($"{prefix}{name}", shape, () => learned.Value, ourIndex));
                return;
            }

            var constant = new float[shape.Aggregate(1, (product, size) => product * size)];
            constant.AsSpan().Fill(otherwise);
            tensors.Add(new FixedTensor($"{prefix}{name}", constant, layer.Name));
        }
    }

    private Values AddResidual(ResidualLayer block, string prefix, Values values)
    {
        var inner = Add(block.Inner, $"{prefix}inner.", values);
        var around = block.Projection is null ? values : Add(block.Projection, $"{prefix}shortcut.", values);
        return inner.HasOrderOf(around)
            ? inner with { IsImage = inner.IsImage && around.IsImage }
            : throw Unsupported(block, "whose two summands PyTorch has in different orders: one is a flattened image.");
    }

    private static void RequireNoOrder(Layer layer, Values values)
    {
        if (values.Order is not null)
            throw Unsupported(layer, "behind a flattened image, whose values PyTorch has in another order.");
    }

    private static NotSupportedException Unsupported(Layer layer, string reason) =>
        new($"Layer '{layer.Name}' cannot be exchanged with PyTorch: it is a {layer.GetType().Name}, {reason}");

    /// <summary>What passes between two layers.</summary>
    /// <param name="IsImage">Whether it is an image in PyTorch: one of one pixel is a vector in ours.</param>
    /// <param name="Order">
    /// Of a vector, where the value at an index in PyTorch stands in ours; null: at the same, as it is with the channels of an image.
    /// </param>
    private readonly record struct Values(bool IsImage, int[]? Order)
    {
        /// <summary>An image as a vector: channel by channel in PyTorch, pixel by pixel in ours.</summary>
        public static Values Flattened(Shape image)
        {
            var order = new int[image.Size];
            for (var i = 0; i < order.Length; i++)
                order[i] = i % image.Pixels * image.Channels + i / image.Pixels;
            return new Values(IsImage: false, image.Pixels == 1 || image.Channels == 1 ? null : order);
        }

        public int OurIndex(int index) => Order is null ? index : Order[index];

        public bool HasOrderOf(Values other) => Order is null ? other.Order is null : Order.AsSpan().SequenceEqual(other.Order);

        /// <summary>These values and others behind them.</summary>
        public Values Then(Values next, int length, int nextLength)
        {
            var image = IsImage && next.IsImage;
            if (Order is null && next.Order is null)
                return new Values(image, Order: null);
            return new Values(
                image,
                [
                    .. Enumerable.Range(0, length).Select(OurIndex),
                    .. Enumerable.Range(0, nextLength).Select(i => length + next.OurIndex(i)),
                ]);
        }
    }
}
