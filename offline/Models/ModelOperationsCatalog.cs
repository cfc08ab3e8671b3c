// Stands for ModelOperationsCatalog of Microsoft.ML.Data. Left out: models saved with a data loader, engine options.

namespace Microsoft.ML;

/// <summary>Saves and loads models, and makes engines that predict one object at a time.</summary>
public sealed class ModelOperationsCatalog : IInternalCatalog
{
    private readonly IHostEnvironment environment;

    internal ModelOperationsCatalog(IHostEnvironment environment) => this.environment = environment;
    IHostEnvironment IInternalCatalog.Environment => environment;

    public void Save(ITransformer model, DataViewSchema inputSchema, Stream stream)
    {
        Contracts.CheckRef(model, nameof(model));
        ModelArchive.Save(model, inputSchema, Contracts.CheckRef(stream, nameof(stream)));
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        using var stream = File.Create(filePath);
        Save(model, inputSchema, stream);
    }

    public ITransformer Load(Stream stream, out DataViewSchema inputSchema) =>
        ModelArchive.Load(environment, Contracts.CheckRef(stream, nameof(stream)), out inputSchema);

    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        using var stream = File.OpenRead(filePath);
        return Load(stream, out inputSchema);
    }

    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(
        ITransformer transformer, bool ignoreMissingColumns = true,
        SchemaDefinition inputSchemaDefinition = null, SchemaDefinition outputSchemaDefinition = null)
        where TSrc : class
        where TDst : class, new() => new(transformer, ignoreMissingColumns, inputSchemaDefinition, outputSchemaDefinition);

    /// <summary>An engine whose input columns have the types and annotations that they have in <paramref name="inputSchema"/>.</summary>
    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, DataViewSchema inputSchema)
        where TSrc : class
        where TDst : class, new()
    {
        Contracts.CheckRef(inputSchema, nameof(inputSchema));
        var definition = SchemaDefinition.Create(typeof(TSrc), SchemaDefinition.Direction.Read);
        foreach (var column in definition)
        {
            if (inputSchema.GetColumnOrNull(column.ColumnName) is not { } known)
                continue;
            column.ColumnType = known.Type;
            column.AddAnnotations(known.Annotations);
        }

        return CreatePredictionEngine<TSrc, TDst>(transformer, inputSchemaDefinition: definition);
    }
}
