// Stands for TransformerChain of Microsoft.ML.Data. Left out: transforming by a scope, for which there is GetModelFor.

using System.Collections;

[assembly: LoadableClass(
    typeof(TransformerChain<ITransformer>), typeof(TransformerChain), null, typeof(SignatureLoadModel), "", TransformerChain.LoaderSignature)]

namespace Microsoft.ML.Data;

/// <summary>Transformers one after another.</summary>
public sealed class TransformerChain<TLastTransformer> : ITransformer, IEnumerable<ITransformer>, IDisposable
    where TLastTransformer : class, ITransformer
{
    /// <summary>The last transformer; null for an empty chain.</summary>
    public readonly TLastTransformer LastTransformer;
    private readonly ITransformer[] transformers;
    private readonly TransformerScope[] scopes;

    public TransformerChain(IEnumerable<ITransformer> transformers, IEnumerable<TransformerScope> scopes)
    {
        this.transformers = Contracts.CheckRef(transformers, nameof(transformers)).ToArray();
        this.scopes = Contracts.CheckRef(scopes, nameof(scopes)).ToArray();
        if (this.transformers.Length != this.scopes.Length)
            throw new ArgumentException("There must be one scope for each transformer.", nameof(scopes));
        var last = this.transformers.LastOrDefault();
        LastTransformer = last as TLastTransformer;
        if (last != null && LastTransformer == null)
            throw new ArgumentException($"The last is a {last.GetType()}, not a {typeof(TLastTransformer)}.", nameof(transformers));
    }

    public TransformerChain(params ITransformer[] transformers)
        : this(transformers, Enumerable.Repeat(TransformerScope.Everything, Contracts.CheckRef(transformers, nameof(transformers)).Length))
    {
    }

    bool ITransformer.IsRowToRowMapper => transformers.All(transformer => transformer.IsRowToRowMapper);
    public IDataView Transform(IDataView input) =>
        transformers.Aggregate(Contracts.CheckRef(input, nameof(input)), (view, transformer) => transformer.Transform(view));

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => transformers.Aggregate(
        Contracts.CheckRef(inputSchema, nameof(inputSchema)), (schema, transformer) => transformer.GetOutputSchema(schema));

    /// <summary>The chain of those transformers whose scope shares a use with <paramref name="scopeFilter"/>.</summary>
    public TransformerChain<ITransformer> GetModelFor(TransformerScope scopeFilter)
    {
        var kept = transformers.Zip(scopes).Where(link => (link.Second & scopeFilter) != TransformerScope.None).ToArray();
        return new(kept.Select(link => link.First), kept.Select(link => link.Second));
    }

    public TransformerChain<TNewLast> Append<TNewLast>(TNewLast transformer, TransformerScope scope = TransformerScope.Everything)
        where TNewLast : class, ITransformer =>
        new(transformers.Append(Contracts.CheckRef(transformer, nameof(transformer))), scopes.Append(scope));

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
        return mappers is [] ? new ColumnAddingMapper(inputSchema, []) : new ChainMapper(mappers);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.CheckAtModel();
        ctx.SetVersionInfo(TransformerChain.Version);
        ctx.Writer.Write(transformers.Length);
        for (var i = 0; i < transformers.Length; i++)
        {
            ctx.Writer.Write((int)scopes[i]);
            ctx.SaveModel(transformers[i], TransformerChain.PartName(i));
        }
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

    internal static TransformerChain<ITransformer> Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        ctx.CheckAtModel(Version);
        var transformers = new List<ITransformer>();
        var scopes = new List<TransformerScope>();
        for (var count = ctx.Reader.ReadInt32(); count > 0; count--)
        {
            scopes.Add((TransformerScope)ctx.Reader.ReadInt32());
            ctx.LoadModel<ITransformer, SignatureLoadModel>(env, out var transformer, PartName(transformers.Count));
            transformers.Add(transformer);
        }

        return new(transformers, scopes);
    }
}
