using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Mapping;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>A cursor that predicts blocks of rows at once, with matrix products, and hands the rows out one by one.</summary>
/// <remarks>A row's predictions are the same to the last bit as those of the row alone: no sum depends on the other rows.</remarks>
internal sealed class BlockScoringCursor : ForwardCursor, IRowScores
{
    private readonly NeuralNetworkMapper mapper;
    private readonly BlockReader reader;
    private readonly NeuralNetworkModelParameters model;
    private readonly Dictionary<int, Delegate> getters;
    private float[] scores = [];
    private int rows;
    private int current;

    public BlockScoringCursor(
        NeuralNetworkMapper mapper,
        BlockReader reader,
        IEnumerable<DataViewSchema.Column> activeColumns,
        NeuralNetworkModelParameters model)
        : base(reader.Source)
    {
        this.mapper = mapper;
        this.reader = reader;
        this.model = model;
        var firstOutput = mapper.InputSchema.Count;
        getters = activeColumns.Select(mapper.IndexOf).Distinct().ToDictionary(
            index => index,
            index => index < firstOutput
                ? reader.CreateGetter(index, () => current)
                : model.Head.CreateGetter(index - firstOutput, this));
    }

    public override DataViewSchema Schema => mapper.OutputSchema;

    ReadOnlySpan<float> IRowScores.Current => scores.AsSpan(current * model.OutputCount, model.OutputCount);

    protected override long RowPosition => reader.Position(current);

    protected override long RowBatch => reader.Batch(current);

    public override bool IsColumnActive(DataViewSchema.Column column) => getters.ContainsKey(mapper.IndexOf(column));

    protected override bool MoveToNextRow()
    {
        if (++current < rows)
            return true;
        (rows, current) = (reader.ReadBlock(), 0);
        if (rows == 0)
            return false;
        if (scores.Length < rows * model.OutputCount)
            scores = new float[rows * model.OutputCount];
        var destination = scores.AsSpan(0, rows * model.OutputCount);
        if (reader.Features.IsSparse)
            model.Score(reader.Features.Sparse, destination);
        else
            model.Score(reader.Features.AsDense(), destination);
        return true;
    }

    protected override ValueGetter<DataViewRowId> RowIdGetter() => (ref DataViewRowId id) => id = reader.Id(current);

    protected override ValueGetter<TValue> RowGetter<TValue>(DataViewSchema.Column column)
    {
        if (!getters.TryGetValue(mapper.IndexOf(column), out var getter))
            throw new ArgumentOutOfRangeException(
                nameof(column), $"Column '{column.Name}' was not among the columns asked for when this cursor was made.");
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");
    }
}
