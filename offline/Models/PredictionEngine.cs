// Stands for PredictionEngine of Microsoft.ML.Data. Left out: options; an engine owns its transformer, as is the default.

namespace Microsoft.ML;

/// <summary>Predicts one object at a time, on one thread: a single row and its getters serve all predictions.</summary>
public abstract class PredictionEngineBase<TSrc, TDst> : IDisposable where TSrc : class where TDst : class, new()
{
    private readonly ITransformer transformer;
    private readonly TypedRow<TSrc> input;
    private readonly DataViewRow output;
    private readonly Action<TDst> fill;

    private protected PredictionEngineBase(
        ITransformer transformer, bool ignoreMissingColumns, SchemaDefinition inputDefinition, SchemaDefinition outputDefinition)
    {
        this.transformer = Contracts.CheckRef(transformer, nameof(transformer));
        if (!transformer.IsRowToRowMapper)
            throw new InvalidOperationException($"{transformer.GetType()} does not map row by row: it cannot predict single objects.");
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
        (transformer as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Fill(TSrc example, TDst prediction)
    {
        input.MoveTo(example);
        fill(prediction);
    }
}

public sealed class PredictionEngine<TSrc, TDst> : PredictionEngineBase<TSrc, TDst> where TSrc : class where TDst : class, new()
{
    internal PredictionEngine(
        ITransformer transformer, bool ignoreMissingColumns, SchemaDefinition inputDefinition, SchemaDefinition outputDefinition)
        : base(transformer, ignoreMissingColumns, inputDefinition, outputDefinition) { }

    public override void Predict(TSrc example, ref TDst prediction)
    {
        Contracts.CheckRef(example, nameof(example));
        prediction ??= new TDst();
        Fill(example, prediction);
    }
}
