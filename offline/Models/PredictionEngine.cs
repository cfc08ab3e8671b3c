// Stands for PredictionEngine of Microsoft.ML.Data. Left out: nothing that is public.

using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed class PredictionEngineOptions
{
    public bool IgnoreMissingColumns = true;
    public SchemaDefinition InputSchemaDefinition;
    public SchemaDefinition OutputSchemaDefinition;
    public bool OwnsTransformer = true;
}

/// <summary>Predicts one object at a time. Not for several threads at once: one row and its getters are reused for all predictions.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable
    where TSrc : class
    where TDst : class, new()
{
    private readonly ITransformer transformer;
    private readonly bool ownsTransformer;
    private readonly TypedRow<TSrc> input;
    private readonly DataViewRow output;
    private readonly Action<TDst> fill;

    private protected PredictionEngineBase(
        ITransformer transformer, bool ignoreMissingColumns, SchemaDefinition inputDefinition, SchemaDefinition outputDefinition, bool ownsTransformer)
    {
        this.transformer = Contracts.CheckRef(transformer, nameof(transformer));
        this.ownsTransformer = ownsTransformer;
        if (!transformer.IsRowToRowMapper)
            throw new InvalidOperationException($"{transformer.GetType()} does not map row by row, so it cannot predict one object at a time.");
        var typed = new TypedSchema<TSrc>(inputDefinition);
        var mapper = transformer.GetRowToRowMapper(typed.Schema);
        var reader = new RowReader<TDst>(mapper.OutputSchema, ignoreMissingColumns, outputDefinition);
        input = new TypedRow<TSrc>(typed, ActiveColumns.Of(typed.Schema, mapper.GetDependencies(reader.Columns)));
        output = mapper.GetRow(input, reader.Columns);
        fill = reader.MakeFiller(output);
        OutputSchema = mapper.OutputSchema;
    }

    public DataViewSchema OutputSchema { get; }

    public TDst Predict(TSrc example)
    {
        var prediction = new TDst();
        Predict(example, ref prediction);
        return prediction;
    }

    public abstract void Predict(TSrc example, ref TDst prediction);

    public void Dispose()
    {
        output.Dispose();
        if (ownsTransformer)
            (transformer as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Fill(TSrc example, TDst prediction)
    {
        input.MoveTo(example);
        fill(prediction);
    }
}

public sealed class PredictionEngine<TSrc, TDst> : PredictionEngineBase<TSrc, TDst>
    where TSrc : class
    where TDst : class, new()
{
    internal PredictionEngine(
        ITransformer transformer, bool ignoreMissingColumns, SchemaDefinition inputDefinition, SchemaDefinition outputDefinition, bool ownsTransformer)
        : base(transformer, ignoreMissingColumns, inputDefinition, outputDefinition, ownsTransformer)
    {
    }

    public override void Predict(TSrc example, ref TDst prediction)
    {
        Contracts.CheckValue(example, nameof(example));
        prediction ??= new TDst();
        Fill(example, prediction);
    }
}
