using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Mapping;
using MLNet.BatchNorm.Transforms.Normalizing;

[assembly: LoadableClass(
    typeof(BatchNormalizationTransformer), null, typeof(SignatureLoadModel), "Batch normalization",
    BatchNormalizationTransformer.LoaderName)]

namespace MLNet.BatchNorm;

/// <summary>
/// Normalizes columns with the statistics that <see cref="BatchNormalizationEstimator"/> learned: y = gamma * (x - mean) / deviation +
/// beta for each channel, where deviation is as <see cref="BatchNormalizationColumn.IsEpsilonRelative"/> says. Immutable and safe for
/// concurrent prediction; saved in and loaded from model zips like ML.NET's own transformers.
/// </summary>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization("Features");
/// var monday = estimator.Fit(ml.Data.TakeRows(data, 60));
/// var tuesday = estimator.Fit(ml.Data.SkipRows(data, 60));
/// var both = BatchNormalizationTransformer.Merge(monday, tuesday);
/// Console.WriteLine(both.Columns[0].Count);   // 120
///
/// var percent = both.WithAffine("Features", gamma: [100f]);      // other gamma, the same statistics
/// </code>
/// </example>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class BatchNormalizationTransformer : ITransformer, INotebookView
{
    internal const string LoaderName = "MLNBatchNormalization";

    internal static readonly ModelEntry Entry = new(
        "BATCHNRM", LoaderName, typeof(BatchNormalizationTransformer),
        new PayloadKind("BNTR", "batch normalization transform", ColumnPayload.Version));

    internal BatchNormalizationTransformer(IReadOnlyList<BatchNormalizationColumn> columns) => Columns = columns;

    /// <summary>Statistics and parameters of each column, in the order in which they were asked for.</summary>
    public IReadOnlyList<BatchNormalizationColumn> Columns { get; }

    /// <summary>Always true: each row is normalized on its own.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of another type or of another size than when it was fitted.
    /// </exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of another type or of another size than when it was fitted.
    /// </exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => MapperFor(inputSchema, nameof(inputSchema));

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column is missing, of another type or of another size than when it was fitted.
    /// </exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, MapperFor(input.Schema, nameof(input)));
    }

    /// <summary>
    /// The transformer that fitting on the data of both would have given, whichever comes first: the same statistics up to rounding. The
    /// variance agrees within 1e-12 of itself where |mean| is at most 1e4 deviations, within 1e-9 up to 1e8, and less beyond.
    /// </summary>
    /// <param name="first">A fitted transformer.</param>
    /// <param name="second">Another one, fitted on other data with the same options.</param>
    /// <returns>A new transformer with the statistics of both.</returns>
    /// <exception cref="ArgumentException">
    /// The columns or options differ, or are such that the parts do not determine the whole: a moving average or a learned affine.
    /// </exception>
    public static BatchNormalizationTransformer Merge(BatchNormalizationTransformer first, BatchNormalizationTransformer second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Merge(first, second, nameof(second));
    }

    /// <summary>
    /// The transformer that fitting on the data of all parts would have given, up to rounding as of two. They are merged in the given
    /// order: the same parts in the same order give the same bits.
    /// </summary>
    /// <param name="parts">Fitted transformers, each on other data with the same options; one at least.</param>
    /// <returns>A new transformer with the statistics of all, or the only one.</returns>
    /// <exception cref="ArgumentException">
    /// There are none, one is null, or the columns or options of one, which is named by its place, differ or cannot be merged.
    /// </exception>
    public static BatchNormalizationTransformer Merge(IEnumerable<BatchNormalizationTransformer> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return Merge([.. parts.Select((part, i) => part ?? throw new ArgumentNullException(Place(nameof(parts), i)))], nameof(parts))
            ?? throw new ArgumentException("There is nothing to merge: give one transformer at least.", nameof(parts));
    }

    /// <summary>Merges what was fitted on each shard, null where it has no rows.</summary>
    /// <exception cref="InvalidOperationException">No shard has rows.</exception>
    /// <exception cref="ArgumentException">The columns of a shard, which is the parameter, are not those before it.</exception>
    internal static BatchNormalizationTransformer MergeShards(BatchNormalizationTransformer?[] shards) =>
        Merge(shards, nameof(shards)) ?? throw new InvalidOperationException(
            $"There is no row to learn from: none of {shards.Length} shards has one (with a weight above 0).");

    /// <summary>A copy with other gamma and beta in one column; the statistics stay.</summary>
    /// <param name="outputColumnName">The output of the column.</param>
    /// <param name="gamma">One finite value per channel or one for all; null: as they are.</param>
    /// <param name="beta">
    /// One finite value per channel or one for all; null: as they are. Not with <see cref="BatchNormalizationColumn.FixZero"/>.
    /// </param>
    /// <returns>The copy; this transformer stays as it is.</returns>
    /// <exception cref="ArgumentException">There is no such column, or gamma or beta do not fit its channels.</exception>
    public BatchNormalizationTransformer WithAffine(
        string outputColumnName, IReadOnlyList<float>? gamma = null, IReadOnlyList<float>? beta = null)
    {
        var changed = Columns.FirstOrDefault(column => column.OutputColumnName == outputColumnName) ?? throw new ArgumentException(
            $"No column has the output '{outputColumnName}'. " +
            $"There are: {string.Join(", ", Columns.Select(column => column.OutputColumnName))}.",
            nameof(outputColumnName));
        if (changed.FixZero && beta is not null)
            throw new ArgumentException($"The column '{outputColumnName}' keeps zeros zero (FixZero), so it has no beta.", nameof(beta));
        var copy = changed.With(changed.GammaBeta.With(gamma, beta, changed.Map, changed.InputColumnName), isLearned: false);
        return new BatchNormalizationTransformer([.. Columns.Select(column => column == changed ? copy : column)]);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => Entry.Save(ctx, payload =>
    {
        payload.Write(Columns.Count);
        foreach (var column in Columns)
            ColumnPayload.Write(payload, column);
    });

    /// <summary>The statistics of each column.</summary>
    /// <returns>The lines of all columns.</returns>
    public override string ToString() => string.Join(Environment.NewLine, Columns);

    string INotebookView.ToHtml() => string.Concat(Columns.Select(column => ((INotebookView)column).ToHtml()));

    // Called by ML.NET through LoadableClass.
    internal static BatchNormalizationTransformer Create(IHostEnvironment _, ModelLoadContext ctx) => Read(Entry.Open(ctx));

    internal static BatchNormalizationTransformer Read(PayloadReader payload)
    {
        var columns = new BatchNormalizationColumn[payload.ReadCount(ColumnPayload.Smallest)];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = ColumnPayload.Read(payload);
        payload.Close();
        return new BatchNormalizationTransformer(columns);
    }

    private static BatchNormalizationTransformer? Merge(BatchNormalizationTransformer?[] parts, string parameter)
    {
        BatchNormalizationTransformer? merged = null;
        foreach (var (i, part) in parts.Index())
            merged = merged is null ? part : part is null ? merged : Merge(merged, part, Place(parameter, i));
        return merged;
    }

    private static BatchNormalizationTransformer Merge(
        BatchNormalizationTransformer first, BatchNormalizationTransformer second, string parameter) =>
        first.Columns.Count == second.Columns.Count
            ? new([.. first.Columns.Zip(second.Columns, (one, other) => ColumnMerging.Merge(one, other, parameter))])
            : throw new ArgumentException(
                $"A transformer of {second.Columns.Count} columns cannot be merged with one of {first.Columns.Count}.", parameter);

    private static string Place(string parameter, int index) => $"{parameter}[{index}]";

    private BatchNormalizationMapper MapperFor(DataViewSchema inputSchema, string parameter)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new BatchNormalizationMapper(inputSchema, Columns, parameter);
    }
}
