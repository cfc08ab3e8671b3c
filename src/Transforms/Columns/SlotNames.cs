using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>Reads the slot names of a column.</summary>
internal static class SlotNames
{
    /// <summary>One name for each channel, or none if the column has no slot names or its channels are no slots.</summary>
    public static ImmutableArray<string> Of(DataViewSchema.Column column, ChannelMap map)
    {
        if (map.Layout != ChannelLayout.PerSlot || column.Annotations.Schema.GetColumnOrNull(AnnotationKinds.SlotNames) is not
            { Type: VectorDataViewType { ItemType: TextDataViewType, Size: var size } } || size != map.Slots)
            return [];
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(AnnotationKinds.SlotNames, ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }
}
