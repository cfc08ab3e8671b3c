using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Mapping;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>
/// Reads rows of a cursor ahead, into blocks that grow to a bounded size: position, batch and id of each row, the features, and every
/// column that is passed through. Each getter is called once per row, in the order of the rows.
/// </summary>
internal sealed class BlockReader
{
    // A consumer that wants only a few rows should not pay for many; one that wants all soon gets blocks of a size at which a matrix
    // product works at full speed.
    private const int FirstRows = 16, MostRows = 512;
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly Dictionary<int, ColumnBlock> columns;   // those that are passed through
    private readonly VectorBlock<float> features;   // one of them, or of one row that each row overwrites
    private readonly DataViewSchema.Column featureColumn;
    private readonly bool passesFeatures;
    private readonly int inputs;
    private readonly ValueGetter<DataViewRowId> getId;
    private readonly int mostRows;
    private long[] positions = [];
    private long[] batches = [];
    private DataViewRowId[] ids = [];
    private int rows;
    private ExceptionDispatchInfo? failure;

    private BlockReader(
        DataViewRowCursor source,
        Dictionary<int, ColumnBlock> columns,
        DataViewSchema.Column featureColumn,
        NeuralNetworkModelParameters model)
    {
        Source = source;
        this.columns = columns;
        this.featureColumn = featureColumn;
        inputs = model.InputCount;
        Features = new FeatureRows(inputs, model.TakesSparseRows);
        passesFeatures = columns.TryGetValue(featureColumn.Index, out var passed);
        features = (VectorBlock<float>)(passed ?? ColumnBlock.Of(source, featureColumn)!);
        if (!passesFeatures)
            features.Reserve(1);
        getId = source.GetIdGetter();
        var bytesPerRow = columns.Values.Append(features).Distinct().Sum(column => column.BytesPerRow);
        mostRows = Math.Clamp(MostBytes / Math.Max(1, bytesPerRow), 1, MostRows);
    }

    /// <summary>The cursor that is read; it belongs to who uses the reader.</summary>
    public DataViewRowCursor Source { get; }

    /// <summary>The features of all rows of the block.</summary>
    public FeatureRows Features { get; }

    /// <summary>
    /// A reader of the features and of the active columns of <paramref name="schema"/>, or null where one of these cannot be kept past its
    /// row.
    /// </summary>
    public static BlockReader? Over(
        DataViewRowCursor cursor,
        DataViewSchema schema,
        IEnumerable<DataViewSchema.Column> active,
        DataViewSchema.Column features,
        NeuralNetworkModelParameters model)
    {
        var columns = new Dictionary<int, ColumnBlock>();
        foreach (var index in active.Select(column => column.Index).Where(index => index < schema.Count).Distinct())
        {
            if (ColumnBlock.Of(cursor, schema[index]) is not { } column)
                return null;
            columns.Add(index, column);
        }

        return new BlockReader(cursor, columns, features, model);
    }

    public long Position(int row) => positions[row];

    public long Batch(int row) => batches[row];

    public DataViewRowId Id(int row) => ids[row];

    /// <summary>A getter of an active input column in row <paramref name="current"/> of the block.</summary>
    public Delegate CreateGetter(int column, Func<int> current) => columns[column].CreateGetter(current);

    /// <summary>
    /// Reads the next block and returns how many rows it has: 0 if there are no more, and then it must not be called again. What a row
    /// throws is thrown when that row is reached, after those before it.
    /// </summary>
    public int ReadBlock()
    {
        failure?.Throw();
        Reserve(Math.Min(mostRows, Math.Max(FirstRows, 2 * rows)));
        rows = 0;
        Features.Clear(positions.Length);
        try
        {
            while (rows < positions.Length && Source.MoveNext())
            {
                positions[rows] = Source.Position;
                batches[rows] = Source.Batch;
                getId(ref ids[rows]);
                foreach (var column in columns.Values)
                    column.Read(rows);
                ReadFeatures();
                rows++;
            }
        }
        catch (Exception thrown) when (rows > 0)
        {
            failure = ExceptionDispatchInfo.Capture(thrown);
        }

        return rows;
    }

    private void ReadFeatures()
    {
        var row = passesFeatures ? rows : 0;
        if (!passesFeatures)
            features.Read(row);
        ref readonly var vector = ref features[row];
        if (vector.Length != inputs)
            throw new InvalidOperationException(
                $"Column '{featureColumn.Name}' has {vector.Length} values in row {positions[rows]}, but its type says {inputs}.");
        Features.Add(vector);
    }

    private void Reserve(int rows)
    {
        if (rows <= positions.Length)
            return;
        Array.Resize(ref positions, rows);
        Array.Resize(ref batches, rows);
        Array.Resize(ref ids, rows);
        foreach (var column in columns.Values)
            column.Reserve(rows);
    }
}
