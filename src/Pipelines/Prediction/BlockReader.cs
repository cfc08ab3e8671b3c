using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Core.Data;
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

    private readonly Dictionary<int, ColumnBlock> columns;
    private readonly VectorBlock<float> features;
    private readonly string featureColumn;
    private readonly ValueGetter<DataViewRowId> getId;
    private readonly int mostRows;
    private long[] positions = [];
    private long[] batches = [];
    private DataViewRowId[] ids = [];
    private int rows;
    private ExceptionDispatchInfo? failure;

    private BlockReader(DataViewRowCursor source, Dictionary<int, ColumnBlock> columns, DataViewSchema.Column features)
    {
        Source = source;
        this.columns = columns;
        this.features = (VectorBlock<float>)columns[features.Index];
        featureColumn = features.Name;
        getId = source.GetIdGetter();
        mostRows = Math.Clamp(MostBytes / Math.Max(1, columns.Values.Sum(column => column.BytesPerRow)), 1, MostRows);
    }

    /// <summary>The cursor that is read; it belongs to who uses the reader.</summary>
    public DataViewRowCursor Source { get; }

    /// <summary>
    /// A reader of the features and of the active columns of <paramref name="schema"/>, or null where one cannot be kept past its row.
    /// </summary>
    public static BlockReader? Over(
        DataViewRowCursor cursor, DataViewSchema schema, IEnumerable<DataViewSchema.Column> active, DataViewSchema.Column features)
    {
        var columns = new Dictionary<int, ColumnBlock>();
        foreach (var index in active.Select(column => column.Index).Where(index => index < schema.Count).Append(features.Index).Distinct())
        {
            if (ColumnBlock.Of(cursor, schema[index]) is not { } column)
                return null;
            columns.Add(index, column);
        }

        return new BlockReader(cursor, columns, features);
    }

    public long Position(int row) => positions[row];

    public long Batch(int row) => batches[row];

    public DataViewRowId Id(int row) => ids[row];

    /// <summary>A getter of an active input column in row <paramref name="current"/> of the block.</summary>
    public Delegate CreateGetter(int column, Func<int> current) => columns[column].CreateGetter(current);

    /// <summary>How many values the features of all rows of the block hold; the others of sparse ones are 0.</summary>
    public long FeatureValues
    {
        get
        {
            var values = 0L;
            for (var row = 0; row < rows; row++)
                values += features[row].GetValues().Length;
            return values;
        }
    }

    /// <summary>Copies the features of all rows of the block side by side.</summary>
    public void CopyFeatures(Span<float> destination, int inputs)
    {
        for (var row = 0; row < rows; row++)
            FeaturesOf(row, inputs).CopyTo(destination.Slice(row * inputs, inputs));
    }

    /// <summary>Replaces the rows of <paramref name="destination"/> by the features of all rows of the block.</summary>
    public void CopyFeatures(SparseBuffer destination, int inputs)
    {
        destination.Clear();
        for (var row = 0; row < rows; row++)
        {
            ref readonly var vector = ref FeaturesOf(row, inputs);
            destination.Add(vector.GetValues(), vector.GetIndices());
        }
    }

    /// <summary>
    /// Reads the next block and returns how many rows it has: 0 if there are no more, and then it must not be called again. What a row
    /// throws is thrown when that row is reached, after those before it.
    /// </summary>
    public int ReadBlock()
    {
        failure?.Throw();
        Reserve(Math.Min(mostRows, Math.Max(FirstRows, 2 * rows)));
        rows = 0;
        try
        {
            while (rows < positions.Length && Source.MoveNext())
            {
                positions[rows] = Source.Position;
                batches[rows] = Source.Batch;
                getId(ref ids[rows]);
                foreach (var column in columns.Values)
                    column.Read(rows);
                rows++;
            }
        }
        catch (Exception thrown) when (rows > 0)
        {
            failure = ExceptionDispatchInfo.Capture(thrown);
        }

        return rows;
    }

    private ref readonly VBuffer<float> FeaturesOf(int row, int inputs)
    {
        ref readonly var vector = ref features[row];
        if (vector.Length != inputs)
            throw new InvalidOperationException(
                $"Column '{featureColumn}' has {vector.Length} values in row {positions[row]}, but its type says {inputs}.");
        return ref vector;
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
