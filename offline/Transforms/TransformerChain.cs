// Stands for TransformerChain of Microsoft.ML.Data. Left out: scopes other than Everything.

using System.Collections;

[assembly: LoadableClass(
    typeof(TransformerChain<ITransformer>), typeof(TransformerChain), null, typeof(SignatureLoadModel),
    "", TransformerChain.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Transformers one after another.</summary>
public sealed class TransformerChain<TLastTransformer> : ITransformer, IEnumerable<ITransformer>, IDisposable
    where TLastTransformer : class, ITransformer
{
    /// <summary>The last transformer; null for an empty chain.</summary>
    public readonly TLastTransformer LastTransformer;

    private readonly ITransformer[] transformers;

    public TransformerChain(params ITransformer[] transformers)
    {
        this.transformers = Contracts.CheckRef(transformers, nameof(transformers));
        var last = transformers.LastOrDefault();
        LastTransformer = last as TLastTransformer;
        if (last != null && LastTransformer == null)
            throw new ArgumentException($"The last is a {last.GetType()}, not a {typeof(TLastTransformer)}.", nameof(transformers));
    }

    bool ITransformer.IsRowToRowMapper => transformers.All(transformer => transformer.IsRowToRowMapper);

    public IDataView Transform(IDataView input) =>
        transformers.Aggregate(Contracts.CheckRef(input, nameof(input)), (view, transformer) => transformer.Transform(view));

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => transformers.Aggregate(
        Contracts.CheckRef(inputSchema, nameof(inputSchema)), (schema, transformer) => transformer.GetOutputSchema(schema));

    public TransformerChain<TNewLast> Append<TNewLast>(TNewLast transformer, TransformerScope scope = TransformerScope.Everything)
        where TNewLast : class, ITransformer
    {
        TransformerChain.CheckScope(scope);
        return new([.. transformers, Contracts.CheckRef(transformer, nameof(transformer))]);
    }

    public IEnumerator<ITransformer> GetEnumerator() => transformers.AsEnumerable().GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        foreach (var transformer in transformers.OfType<IDisposable>())
            transformer.Dispose();
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckRef(inputSchema, nameof(inputSchema));
        var mappers = new List<IRowToRowMapper>();
        foreach (var transformer in transformers)
            mappers.Add(transformer.GetRowToRowMapper(mappers.LastOrDefault()?.OutputSchema ?? inputSchema));
        return mappers is [] ? new RowMapper(inputSchema, []) : new ChainMapper(mappers);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(TransformerChain.Version);
        ctx.Writer.Write(transformers.Length);
        for (var i = 0; i < transformers.Length; i++)
            ctx.SaveModel(transformers[i], TransformerChain.PartName(i));
    }

    /// <summary>Row mappers one after another.</summary>
    private sealed class ChainMapper(List<IRowToRowMapper> mappers) : IRowToRowMapper
    {
        public DataViewSchema InputSchema => mappers[0].InputSchema;
        public DataViewSchema OutputSchema => mappers[^1].OutputSchema;

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            Enumerable.Reverse(mappers).Aggregate(dependingColumns, (needed, mapper) => mapper.GetDependencies(needed));

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
        {
            var needed = new IEnumerable<DataViewSchema.Column>[mappers.Count];
            needed[^1] = activeColumns.ToArray();
            for (var i = mappers.Count - 1; i > 0; i--)
                needed[i - 1] = mappers[i].GetDependencies(needed[i]);
            for (var i = 0; i < mappers.Count; i++)
                input = mappers[i].GetRow(input, needed[i]);
            return input;
        }
    }
}

/// <summary>Loads chains.</summary>
internal static class TransformerChain
{
    public const string LoaderSignature = "TransformerChain";
    public static VersionInfo Version => VersionInfo.Own("XFCHAIN ", LoaderSignature);
    public static string PartName(int index) => index.ToString("000", CultureInfo.InvariantCulture);

    public static void CheckScope(TransformerScope scope)
    {
        if (scope != TransformerScope.Everything)
            throw new NotSupportedException("The offline host has no scopes of transformers: run this on the packages host.");
    }

    internal static TransformerChain<ITransformer> Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        var transformers = new List<ITransformer>();
        for (var count = ctx.Reader.ReadInt32(); count > 0; count--)
        {
            ctx.LoadModel<ITransformer, SignatureLoadModel>(env, out var transformer, PartName(transformers.Count));
            transformers.Add(transformer);
        }

        return new(transformers.ToArray());
    }
}
