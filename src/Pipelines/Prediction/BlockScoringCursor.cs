using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>A cursor that predicts blocks of rows at once, with matrix products, and hands the rows out one by one.</summary>
/// <remarks>A row's predictions are the same to the last bit as those of the row alone: no sum depends on the other rows.</remarks>
internal sealed class BlockScoringCursor : DataViewRowCursor, IRowScores
{
    private const int BeforeFirstRow = -1;

    private readonly NeuralNetworkMapper mapper;
    private readonly BlockReader reader;
    private readonly NeuralNetworkModelParameters model;
    private readonly Dictionary<int, Delegate> getters;
    private float[] features = [];
    private float[] scores = [];
    private int current = BeforeFirstRow;

    public BlockScoringCursor(
        NeuralNetworkMapper mapper,
        BlockReader reader,
        IEnumerable<DataViewSchema.Column> activeColumns,
        NeuralNetworkModelParameters model)
    {
        this.mapper = mapper;
        this.reader = reader;
        this.model = model;
        var firstOutput = mapper.InputSchema.Count;
        getters = activeColumns.Select(mapper.IndexOf).Distinct().ToDictionary(
            index => index,
            index => index < firstOutput
                ? reader.CreateGetter(index, () => CurrentRow)
                : model.Head.CreateGetter(index - firstOutput, this));
    }

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long Position => current == BeforeFirstRow ? -1 : reader.Position(current);

    public override long Batch => reader.Batch(CurrentRow);

    ReadOnlySpan<float> IRowScores.Current => scores.AsSpan(CurrentRow * model.OutputCount, model.OutputCount);

    private int CurrentRow => current >= 0
        ? current
        : throw new InvalidOperationException(
            "The cursor stands on no row. Call MoveNext first, and read values only while it returns true.");

    public override bool MoveNext()
    {
        if (++current < reader.Rows)
            return true;
        current = BeforeFirstRow;
        if (!reader.Next())
            return false;
        if (features.Length < reader.Rows * model.InputCount)
        {
            features = new float[reader.Rows * model.InputCount];
            scores = new float[reader.Rows * model.OutputCount];
        }

        var inputs = features.AsSpan(0, reader.Rows * model.InputCount);
        reader.CopyFeatures(inputs, model.InputCount);
        model.Score(inputs, scores.AsSpan(0, reader.Rows * model.OutputCount));
        current = 0;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = reader.Id(CurrentRow);

    public override bool IsColumnActive(DataViewSchema.Column column) => getters.ContainsKey(mapper.IndexOf(column));

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!getters.TryGetValue(mapper.IndexOf(column), out var getter))
            throw new ArgumentOutOfRangeException(
                nameof(column), $"Column '{column.Name}' was not among the columns asked for when this cursor was made.");
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            reader.Dispose();
        base.Dispose(disposing);
    }
}
