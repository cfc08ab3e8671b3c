using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>How the slots of a column fall into channels.</summary>
/// <param name="Layout">Order of the values.</param>
/// <param name="Channels">Number of channels, at least 1.</param>
/// <param name="Slots">Values per row; a multiple of <paramref name="Channels"/>.</param>
internal readonly record struct ChannelMap(ChannelLayout Layout, int Channels, int Slots)
{
    /// <summary>What a column must be for batch normalization, in words.</summary>
    public const string Expected = "Single or Double, a scalar or a vector of known size";

    private const int MostColors = 4;

    public override string ToString() => $"{Slots} values of {Channels} channels, {Layout}";

    /// <summary>Values of one channel in one row.</summary>
    public int SlotsPerChannel => Slots / Channels;

    /// <summary>The channel that a slot belongs to.</summary>
    public int ChannelOf(int slot) => Layout == ChannelLayout.ChannelsFirst ? slot / SlotsPerChannel : slot % Channels;

    /// <summary>Whether <paramref name="type"/> can be normalized at all.</summary>
    public static bool Accepts(DataViewType type) => type switch
    {
        VectorDataViewType vector => vector.IsKnownSize && IsFloating(vector.ItemType),
        _ => IsFloating(type),
    };

    /// <summary>Whether a column promised like this can be normalized at all.</summary>
    public static bool Accepts(SchemaShape.Column column) =>
        !column.IsKey && column.Kind != SchemaShape.Column.VectorKind.VariableVector && IsFloating(column.ItemType);

    /// <summary>The channels of <paramref name="column"/>, by its own dimensions or by <paramref name="imageShape"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column cannot be normalized, or its size does not fit the layout.</exception>
    public static ChannelMap Of(SourceColumn column, ChannelLayout layout, Shape? imageShape)
    {
        if (!Accepts(column.Type))
            throw column.Mismatch(Expected, Remedies.ForValues(ColumnType.Of(column.Type)));
        var vector = column.Type as VectorDataViewType;
        var slots = vector?.Size ?? 1;
        if (layout == ChannelLayout.PerSlot)
            return new ChannelMap(layout, slots, slots);

        return new ChannelMap(layout, ImageShapeOf(column, layout, imageShape).Channels, slots);
    }

    /// <summary>
    /// The shape of the images in a column, by its own dimensions in the order <paramref name="layout"/>, which is one of images, or by
    /// <paramref name="imageShape"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The two do not fit each other, or neither is there, or the dimensions are those of pictures in the other order.
    /// </exception>
    public static Shape ImageShapeOf(SourceColumn column, ChannelLayout layout, Shape? imageShape)
    {
        var vector = column.Type as VectorDataViewType;
        if (imageShape is null)
            RequireThisOrder(column, vector, layout);
        var shape = imageShape ?? ShapeOf(column, vector, layout);
        var slots = vector?.Size ?? 1;
        if (shape.Size != slots)
            throw column.Mismatch(
                $"{shape.Size} values for the image shape {shape}", slots,
                "Set ImageShape to the height, width and channels that the column has, or resize the pictures.");
        if (vector?.Dimensions.Length == 3 && shape != ShapeOf(column, vector, layout))
            throw column.Mismatch(
                $"the image shape {shape} in the order {layout}",
                "Set ImageShape and Layout to what the dimensions say, or bring the pictures to that.");
        return shape;
    }

    /// <summary>
    /// The order that a column's dimensions have if they are those of pictures, which have 1, 3 or 4 channels and are higher and wider than
    /// that; else null.
    /// </summary>
    public static ChannelLayout? OrderOfPictures(VectorDataViewType vector) => vector.Dimensions switch
    {
        [> MostColors, > MostColors, 1 or 3 or 4] => ChannelLayout.ChannelsLast,
        [1 or 3 or 4, > MostColors, > MostColors] => ChannelLayout.ChannelsFirst,
        _ => null,
    };

    private static void RequireThisOrder(SourceColumn column, VectorDataViewType? vector, ChannelLayout layout)
    {
        if (vector is null || OrderOfPictures(vector) is not { } meant || meant == layout)
            return;
        // In the given order that is a height of 1, which may be that of a sequence.
        if (vector.Dimensions[0] == 1)
            return;
        var shape = ShapeOf(column, vector, layout);
        throw column.Mismatch(
            $"dimensions in the order {layout}",
            $"Set Layout to {meant}, which is the order of these dimensions. If they are an image of {shape.Channels} channels, "
            + $"say so with ImageShape = Shape.Image({shape.Height}, {shape.Width}, {shape.Channels}).");
    }

    private static Shape ShapeOf(SourceColumn column, VectorDataViewType? vector, ChannelLayout layout) =>
        vector?.Dimensions switch
        {
            [var channels, var height, var width] when layout == ChannelLayout.ChannelsFirst => Shape.Image(height, width, channels),
            [var height, var width, var channels] => Shape.Image(height, width, channels),
            _ => throw new ArgumentOutOfRangeException(
                column.Reference.Parameter,
                $"Column {column.Subject} of type {column.Type} does not say where its channels are: " +
                $"{layout} needs three dimensions, as ExtractPixels gives them. " +
                $"Set {nameof(BatchNormalizationOptions.ImageShape)} to height, width and channels."),
        };

    private static bool IsFloating(DataViewType type) => type == NumberDataViewType.Single || type == NumberDataViewType.Double;
}
