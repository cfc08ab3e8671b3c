using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Fitting;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm;

/// <summary>
/// Learns mean and variance of every channel of its columns, in one streaming pass over the data, for a
/// <see cref="BatchNormalizationTransformer"/> that computes y = gamma * (x - mean) / sqrt(variance * (1 + epsilon)) +
/// beta, or with a moving average gamma * (x - mean) / sqrt(variance + epsilon) + beta.
/// </summary>
/// <remarks>
/// <para>Input: float or double, scalar or vector of known size, dense or sparse. Output: the same type and dimensions; slot names are kept
/// and IsNormalized is set. Sparse vectors stay sparse with <see cref="BatchNormalizationOptions.FixZero"/> only.</para>
/// <para>Unless the options say otherwise the statistics are those of the whole data, exact to double precision however large the mean is,
/// and the variance is the population variance. A channel that does not vary in the data gives beta for every value, and so does one whose
/// values are all missing.</para>
/// <para>With <see cref="BatchNormalizationOptions.LearnedAffine"/> the data is read a second time.</para>
/// <para>Exportable to ONNX: yes.</para>
/// </remarks>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization("Features");
/// var model = estimator.Fit(ml.Data.TakeRows(data, 80));
/// model = estimator.Fit(ml.Data.SkipRows(data, 80), model);      // as if it had seen all rows at once
/// Console.WriteLine(model.Columns[0].Count);   // 120
/// </code>
/// </example>
public sealed class BatchNormalizationEstimator : IEstimator<BatchNormalizationTransformer>
{
    private readonly IHost host;
    private readonly BatchNormalizationOptions options;
    private readonly GammaBetaLearner? learner;

    internal BatchNormalizationEstimator(IHostEnvironment environment, BatchNormalizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionChecks.Contradictions(options);
        host = environment.Register(nameof(BatchNormalizationEstimator));
        this.options = options;
        if (options is { LearnedAffine: { } how, LabelColumnName: { } label })
            learner = new GammaBetaLearner(options, how, label, how.Seed ?? host.Rand.Next());
    }

    /// <summary>Reads <paramref name="input"/> and returns the transformer with its statistics.</summary>
    /// <returns>The transformer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, of another type, or its size does not fit the layout.</exception>
    /// <exception cref="ArgumentException">The number of gammas or betas is not the number of channels.</exception>
    /// <exception cref="InvalidOperationException">
    /// The data has no rows, or a value that is not finite; or no row has a label to learn gamma and beta from.
    /// </exception>
    /// <exception cref="OperationCanceledException">The MLContext was cancelled, as ML.NET's own tools can.</exception>
    public BatchNormalizationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = host.Start(nameof(Fit));
        var columns = FitColumns(input, channel);
        if (columns[0].Count == 0)
            throw new InvalidOperationException(
                $"There is no row to learn the statistics of column '{columns[0].InputColumnName}' from: the data has no rows"
                + (options.ExampleWeightColumnName is { } weight ? $" with a weight above 0 in column '{weight}'." : ".")
                + " See that the file is not empty, and that no filter in front leaves all out.");
        var fitted = new BatchNormalizationTransformer(learner?.Learn(input, columns, host) ?? columns);
        Log(fitted, channel);
        return fitted;
    }

    /// <summary>
    /// Continues: the transformer that fitting on <paramref name="input"/> and on all data before it would have given. Without rows it is
    /// <paramref name="previous"/>.
    /// </summary>
    /// <param name="input">More data.</param>
    /// <param name="previous">What was fitted so far, with the same columns and options.</param>
    /// <returns>A new transformer with the statistics of all data.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, of another type, or its size does not fit the layout.</exception>
    /// <exception cref="ArgumentException">
    /// The columns or options differ, or are a moving average or learned affine, which cannot be continued exactly.
    /// </exception>
    /// <exception cref="InvalidOperationException">A value is not finite.</exception>
    public BatchNormalizationTransformer Fit(IDataView input, BatchNormalizationTransformer previous)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(previous);
        RefuseInexact();
        using var channel = host.Start(nameof(Fit));
        var merged = BatchNormalizationTransformer.Merge(previous, new BatchNormalizationTransformer(FitColumns(input, channel)));
        Log(merged, channel);
        return merged;
    }

    /// <summary>
    /// Fits on data that lies in several shards, such as files: each is fitted by itself, and what was fitted is merged in the order of the
    /// shards. Several ranks share the shards, and the result has the same bits for any number of them. It agrees with one fit on all rows
    /// as <see cref="BatchNormalizationTransformer.Merge(BatchNormalizationTransformer, BatchNormalizationTransformer)"/> says.
    /// </summary>
    /// <param name="shards">How many there are; positive, the same on all ranks.</param>
    /// <param name="openShard">
    /// Opens the shard of a number from 0, each once: shard i on rank i modulo the count of ranks. One without rows counts as nothing.
    /// </param>
    /// <param name="ranks">The workers, of which each calls this and gets the same result; null: this process fits all shards.</param>
    /// <returns>The transformer with the statistics of all shards.</returns>
    /// <exception cref="ArgumentException">
    /// The options are a moving average or learned affine, of which parts do not determine the whole; the ranks do not have the same number
    /// of shards; or a shard has other columns than those before it, which is the parameter.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// No shard has rows; or one, whose number is given, lacks a column or has a value that is not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The MLContext was cancelled, as ML.NET's own tools can.</exception>
    public BatchNormalizationTransformer Fit(int shards, Func<int, IDataView> openShard, Ranks? ranks = null)
    {
        Require.Positive(shards, nameof(shards));
        ArgumentNullException.ThrowIfNull(openShard);
        RefuseInexact();
        if (ranks.All(shards) is var ofAll && ofAll.Distinct().Count() > 1)
            throw new ArgumentException($"The ranks have unequal numbers of shards: {string.Join(", ", ofAll)}.", nameof(shards));
        using var channel = host.Start(nameof(Fit));
        var own = new List<byte[]>();
        for (var shard = ranks?.Rank ?? 0; shard < shards; shard += ranks?.Count ?? 1)
            own.Add(ShardPart.Save(FitShard(openShard(shard), shard, shard == 0 ? channel : null)));
        var merged = BatchNormalizationTransformer.MergeShards(ShardPart.Gather(ranks, own, shards));
        Log(merged, channel);
        return merged;
    }

    /// <summary>
    /// The schema after the transformer: every output column has the type of its input, with slot names kept and IsNormalized set.
    /// </summary>
    /// <returns>The schema.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        WeightReader.Check(inputSchema, WeightReader.Reference(options.ExampleWeightColumnName));
        learner?.Check(inputSchema);
        return inputSchema.With(options.Columns.Select(pair => Promise(inputSchema, pair)));
    }

    /// <summary>Refuses options with which parts do not determine the whole.</summary>
    /// <exception cref="ArgumentException">They are a moving average or learned affine.</exception>
    internal void RefuseInexact() =>
        ColumnMerging.RefuseInexact(NormalizationRules.Of(options), options.Columns[0].OutputColumnName);

    /// <summary>The transformer of one shard; null where it has no rows.</summary>
    /// <exception cref="InvalidOperationException">The data does not fit the options, or has a value that is not finite.</exception>
    internal BatchNormalizationTransformer? FitShard(IDataView? input, int shard, IChannel? channel = null)
    {
        if (input is null)
            throw new InvalidOperationException(
                $"Shard {shard} cannot be fitted: the function that opens it returned null. Return a data view; one without rows counts as "
                + "nothing.");
        try
        {
            var columns = FitColumns(input, channel);
            return columns[0].Count == 0 ? null : new BatchNormalizationTransformer(columns);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            throw new InvalidOperationException($"Shard {shard} cannot be fitted: {failure.Message}", failure);
        }
    }

    /// <summary>Whether a transformer could come from this estimator, as far as it tells.</summary>
    internal bool HasOptionsOf(BatchNormalizationTransformer fitted) =>
        fitted.Columns.Count == options.Columns.Count && fitted.Columns.Zip(options.Columns).All(pair =>
            pair.First.InputColumnName == pair.Second.InputColumnName
            && pair.First.OutputColumnName == pair.Second.OutputColumnName
            && pair.First.Layout == options.Layout
            && pair.First.Rules == NormalizationRules.Of(options)
            && pair.First.GammaBeta == GammaBeta.Of(options, pair.First.Map, pair.First.InputColumnName));

    private static SchemaShape.Column Promise(SchemaShape inputSchema, InputOutputColumnPair pair)
    {
        var reference = ColumnToFit.Reference(pair);
        var source = reference.Find(inputSchema);
        if (!ChannelMap.Accepts(source))
            throw reference.Mismatch(ChannelMap.Expected, source, Remedies.ForValues(ColumnType.Of(source)));
        var isNormalized = MLNetInternals.ShapeColumn(
            AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance);
        return MLNetInternals.ShapeColumn(
            pair.OutputColumnName, source.Kind, source.ItemType,
            annotations: [.. source.Annotations.Where(annotation => annotation.Name == AnnotationKinds.SlotNames), isNormalized]);
    }

    private BatchNormalizationColumn[] FitColumns(IDataView input, IChannel? channel)
    {
        ColumnToFit[] columns = [.. options.Columns.Select(pair => ColumnToFit.Of(input.Schema, pair, options))];
        learner?.Check(input.Schema, slots: columns.Sum(column => (long)column.Map.Slots));
        var rules = NormalizationRules.Of(options);
        var statistics = StatisticsReader.Read(input, columns, options, host, channel);
        return [.. columns.Zip(statistics, (column, ofColumn) => column.Fitted(rules, ofColumn))];
    }

    private static void Log(BatchNormalizationTransformer fitted, IChannel channel)
    {
        foreach (var column in fitted.Columns)
            MLNetInternals.Info(
                channel, $"Batch normalization of '{column.InputColumnName}': {column.Channels} channels, {column.Count} values each.");
    }
}
