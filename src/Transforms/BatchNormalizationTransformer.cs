using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Transforms;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Mapping;

[assembly: LoadableClass(typeof(BatchNormalizationTransformer), null, typeof(SignatureLoadModel), "Batch normalization", BatchNormalizationTransformer.LoaderName)]

namespace MLNet.BatchNorm.Transforms;

/// <summary>
/// Normalizes columns with the statistics that <see cref="BatchNormalizationEstimator"/> learned: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
/// for each channel. Immutable and safe for concurrent prediction; saved in and loaded from model zips like ML.NET's own transformers.
/// </summary>
public sealed class BatchNormalizationTransformer : ITransformer
{
    internal const string LoaderName = "MLNBatchNormalization";

    private static readonly ModelEntry Entry =
        new("BATCHNRM", LoaderName, typeof(BatchNormalizationTransformer), new PayloadKind("BNTR", "batch normalization transform", Version: 1));

    internal BatchNormalizationTransformer(IReadOnlyList<BatchNormalizationColumn> columns) => Columns = columns;

    /// <summary>Statistics and parameters of each column, in the order in which they were asked for.</summary>
    public IReadOnlyList<BatchNormalizationColumn> Columns { get; }

    /// <summary>Always true: each row is normalized on its own.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, of another type or of another size than when it was fitted.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, of another type or of another size than when it was fitted.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => MapperFor(inputSchema);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, of another type or of another size than when it was fitted.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, MapperFor(input.Schema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => Entry.Save(ctx, payload =>
    {
        payload.Write(Columns.Count);
        foreach (var column in Columns)
            column.Write(payload);
    });

    /// <summary>The statistics of each column.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Columns);

    // Called by ML.NET through LoadableClass.
    internal static BatchNormalizationTransformer Create(IHostEnvironment _, ModelLoadContext ctx)
    {
        var payload = Entry.Open(ctx);
        var columns = new BatchNormalizationColumn[payload.ReadCount(BatchNormalizationColumn.SmallestPayload)];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = BatchNormalizationColumn.Read(payload);
        payload.Close();
        return new BatchNormalizationTransformer(columns);
    }

    private BatchNormalizationMapper MapperFor(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new BatchNormalizationMapper(inputSchema, Columns);
    }
}
