using System.Globalization;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Notices pictures that a network without layers for images is to train on.</summary>
internal static class PictureVectors
{
    // Dense layers do well on 28 x 28 pixels of gray.
    private const int LeastValues = 1_024;

    /// <summary>
    /// A warning if the column has the dimensions of pictures with 1,024 values or more, or the options say so, no layer sees neighbouring
    /// pixels, and the options do not ask for vectors; else null.
    /// </summary>
    public static string? WarningFor(SourceColumn features, NeuralNetworkOptions options, NetworkDefinition network)
    {
        if (options.Layout == ChannelLayout.PerSlot || FeatureLayout.TakesImages(network)
            || features.Type is not VectorDataViewType { Size: >= LeastValues } vector
            || (options.ImageShape is null && ChannelMap.OrderOfPictures(vector) is null))
            return null;
        var picture = options.ImageShape?.ToString() ?? string.Join('x', vector.Dimensions);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Column {features.Subject} has pictures of {picture}, and the network takes each for a vector: every unit of its first dense "
            + $"layer has {vector.Size:N0} weights and does not know which pixels are neighbours. Set the option Network to one with "
            + $"layers for images, such as NeuralNetworks.SmallCnn(), and ImageShape where the column has no dimensions. If vectors are "
            + $"meant, set Layout to {nameof(ChannelLayout.PerSlot)}.");
    }
}
