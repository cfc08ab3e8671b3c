using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Transforms;

/// <summary>
/// Learns mean and variance of every channel of its columns, in one streaming pass over the data, for a <see cref="BatchNormalizationTransformer"/> that
/// computes y = gamma * (x - mean) / sqrt(variance + epsilon) + beta.
/// </summary>
/// <remarks>
/// <para>Input: float or double, scalar or vector of known size, dense or sparse. Output: the same type and dimensions; slot names are kept and IsNormalized is set.</para>
/// <para>The statistics are those of the whole data, exact to double precision however large the mean is, and the variance is the population variance.
/// A channel that does not vary in the data gives beta for every value.</para>
/// </remarks>
public sealed class BatchNormalizationEstimator : IEstimator<BatchNormalizationTransformer>
{
    private const string InputRole = "input";

    private readonly IHost host;
    private readonly BatchNormalizationOptions options;

    internal BatchNormalizationEstimator(IHostEnvironment environment, BatchNormalizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is { Scale: false, Gamma: not null })
            throw new ArgumentException("Gamma is given but Scale is off. Leave one of the two out.", nameof(options));
        if (options is { Center: false, Beta: not null })
            throw new ArgumentException("Beta is given but Center is off. Leave one of the two out.", nameof(options));
        if (options is { Layout: ChannelLayout.PerSlot, ImageShape: not null })
            throw new ArgumentException("ImageShape is given but Layout is PerSlot. Leave it out, or choose ChannelsFirst or ChannelsLast.", nameof(options));
        if (options.Columns.CountBy(pair => pair.OutputColumnName).FirstOrDefault(output => output.Value > 1).Key is { } twice)
            throw new ArgumentException($"Two columns write the output '{twice}'. Give each its own output name.", nameof(options));
        host = environment.Register(nameof(BatchNormalizationEstimator));
        this.options = options;
    }

    /// <summary>Reads <paramref name="input"/> once and returns the transformer with its statistics.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, of another type, or its size does not fit the layout.</exception>
    /// <exception cref="ArgumentException">The number of gammas or betas is not the number of channels.</exception>
    /// <exception cref="InvalidOperationException">The data has no rows, or a value that is not finite.</exception>
    public BatchNormalizationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var sources = options.Columns.Select(pair => ColumnTypes.Find(input.Schema, InputRole, pair.InputColumnName)).ToArray();
        var maps = sources.Select(source => ChannelMap.Of(source, options.Layout, options.ImageShape)).ToArray();
        var affine = maps.Select((map, i) => (
            Gamma: PerChannel(options.Gamma, 1, map, sources[i].Name, nameof(options.Gamma)),
            Beta: PerChannel(options.Beta, 0, map, sources[i].Name, nameof(options.Beta)))).ToArray();

        var moments = ColumnMoments.Collect(input, sources, maps);

        using var channel = host.Start(nameof(Fit));
        var columns = options.Columns.Select((pair, i) => new BatchNormalizationColumn(
            pair, maps[i], options.Epsilon, moments[i].Count,
            PerChannel(maps[i], moments[i].Mean), PerChannel(maps[i], moments[i].PopulationVariance), affine[i].Gamma, affine[i].Beta)).ToArray();
        foreach (var column in columns)
            MLNetInternals.Info(channel, $"Batch normalization of '{column.InputColumnName}': {column.Channels} channels, {column.Count} values each.");
        return new BatchNormalizationTransformer(columns);
    }

    /// <summary>The schema after the transformer: every output column has the type of its input, with slot names kept and IsNormalized set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (var pair in options.Columns)
        {
            var source = ColumnTypes.Find(inputSchema, InputRole, pair.InputColumnName);
            if (!ChannelMap.Accepts(source))
                throw ColumnTypes.Mismatch(nameof(inputSchema), InputRole, source.Name, ChannelMap.Expected, ColumnTypes.Describe(source));
            var isNormalized = MLNetInternals.ShapeColumn(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance);
            columns[pair.OutputColumnName] = MLNetInternals.ShapeColumn(
                pair.OutputColumnName, source.Kind, source.ItemType,
                annotations: [.. source.Annotations.Where(annotation => annotation.Name == AnnotationKinds.SlotNames), isNormalized]);
        }

        return new SchemaShape(columns.Values);
    }

    private static ImmutableArray<double> PerChannel(ChannelMap map, Func<int, double> statistic) =>
        [.. Enumerable.Range(0, map.Channels).Select(statistic)];

    private static ImmutableArray<float> PerChannel(IReadOnlyList<float>? given, float otherwise, ChannelMap map, string column, string option) => given switch
    {
        null => [.. Enumerable.Repeat(otherwise, map.Channels)],
        [var forAll] => [.. Enumerable.Repeat(forAll, map.Channels)],
        _ when given.Count == map.Channels => [.. given],
        _ => throw new ArgumentException(
            $"{option} has {given.Count} values, but column '{column}' has {map.Channels} channels. Give one value per channel, or one for all.", option),
    };
}
