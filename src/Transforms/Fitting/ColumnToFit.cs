using Microsoft.ML;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>A column of the data whose statistics are to be learned, checked against the options.</summary>
internal sealed record ColumnToFit(InputOutputColumnPair Names, SourceColumn Source, ChannelMap Map, GammaBeta GammaBeta)
{
    /// <summary>How an option names the column.</summary>
    public static ColumnReference Reference(InputOutputColumnPair names) =>
        new("input", names.InputColumnName, nameof(BatchNormalizationOptions.Columns));

    /// <exception cref="ArgumentOutOfRangeException">It is missing, of another type, or its size does not fit the layout.</exception>
    /// <exception cref="ArgumentException">The number of gammas or betas is not the number of channels.</exception>
    public static ColumnToFit Of(DataViewSchema schema, InputOutputColumnPair names, BatchNormalizationOptions options)
    {
        var source = Reference(names).Find(schema);
        var map = ChannelMap.Of(source, options.Layout, options.ImageShape);
        return new ColumnToFit(names, source, map, GammaBeta.Of(options, map, source.Name));
    }

    public BatchNormalizationColumn Fitted(NormalizationRules rules, ColumnStatistics statistics) =>
        new(Names, Map, rules, statistics, GammaBeta, SlotNames.Of(Source.Column, Map));
}
