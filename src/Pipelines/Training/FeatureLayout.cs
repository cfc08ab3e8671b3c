using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>What a row of the feature column is to a network: a vector, or an image whose values lie in some order.</summary>
/// <param name="Shape">Shape of one row, as the network takes it.</param>
/// <param name="Layout">Order of the values in the column; per slot for a vector.</param>
internal readonly record struct FeatureLayout(Shape Shape, ChannelLayout Layout)
{
    /// <summary>Whether rows must be turned over; with one channel, or one pixel, both orders are the same.</summary>
    public bool IsPlanar => Layout == ChannelLayout.ChannelsFirst && Shape.Channels > 1 && Shape.Pixels > 1;

    /// <summary>What a column is to a new network.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It should be an image, and its shape is unknown or another than stated.</exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static FeatureLayout Of(SourceColumn features, NeuralNetworkOptions options, NetworkDefinition network)
    {
        if (options is { ImageShape: not null, Layout: ChannelLayout.PerSlot })
            throw new ArgumentException(
                "ImageShape is given but Layout is PerSlot. Leave it out, or choose ChannelsFirst or ChannelsLast.");
        var isImage = options.ImageShape is not null || options.Augmentation is { NeedsImages: true } || TakesImages(network);
        return isImage && options.Layout != ChannelLayout.PerSlot
            ? new FeatureLayout(ChannelMap.ImageShapeOf(features, options.Layout, options.ImageShape), options.Layout)
            : new FeatureLayout(Shape.Vector(((VectorDataViewType)features.Type).Size), ChannelLayout.PerSlot);
    }

    /// <summary>Whether a layer sees neighbouring pixels.</summary>
    public static bool TakesImages(NetworkDefinition network) => network.Layers.Any(layer =>
        layer is Conv2DDefinition or Pool2DDefinition or GlobalAveragePoolDefinition or GlobalMaxPoolDefinition
        || (layer is BlockDefinition block && TakesImages(block.Inner))
        || (layer is ResidualDefinition { Shortcut: { } shortcut } && TakesImages(shortcut)));

    /// <summary>Refuses options that say something else of the features than this, a trained network's.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public void RequireSame(NeuralNetworkOptions options)
    {
        var isSame = Layout == ChannelLayout.PerSlot ? options.ImageShape is null
            : (options.ImageShape ?? Shape) == Shape && (options.Layout == Layout || Shape.Channels == 1);
        if (!isSame)
            throw new ArgumentException(
                $"The previous model was trained on {this}, the options say " +
                $"{options.ImageShape?.ToString() ?? "nothing of the shape"} and {options.Layout}. " +
                "Set ImageShape and Layout to those of the previous model.");
    }

    /// <summary>Refuses a column whose type says that its images have another shape, or their values another order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does.</exception>
    public void Check(SourceColumn features)
    {
        if (Layout != ChannelLayout.PerSlot)
            ChannelMap.ImageShapeOf(features, Layout, Shape);
    }

    /// <summary>Copies rows as they lie in the column to rows as a network takes them: channels last.</summary>
    public void ToChannelsLast(ReadOnlySpan<float> features, Span<float> rows)
    {
        for (var start = 0; start + Shape.Size <= features.Length; start += Shape.Size)
            MatrixTranspose.Copy(features.Slice(start, Shape.Size), Shape.Channels, rows[start..]);
    }

    /// <summary>"an image of 8x8x3, ChannelsFirst" or "a vector of 64".</summary>
    public override string ToString() => Layout == ChannelLayout.PerSlot ? $"a vector of {Shape}" : $"an image of {Shape}, {Layout}";
}
