using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>Learns gamma and beta of fitted columns from labels; see <see cref="LearnedAffine"/>.</summary>
internal sealed class GammaBetaLearner(BatchNormalizationOptions options, LearnedAffine how, string labelColumnName, int seed)
{
    private const string ExpectedLabel = "Key<UInt32>, Boolean or Single";

    private static readonly LabelKind[] Kinds = [LabelKind.Key, LabelKind.Boolean, LabelKind.Number];

    // Weights of the linear model, and outputs of a batch.
    private static readonly int MostNumbers = Array.MaxLength / 2;

    private readonly ColumnReference label = LabelReader.Reference(labelColumnName);

    /// <summary>Checks the promised label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public void Check(SchemaShape inputSchema) => LabelReader.Find(inputSchema, label, ExpectedLabel, Kinds);

    /// <summary>Checks the label column, for so many values of a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// It is missing or of another type, or a key of more values than can be learned.
    /// </exception>
    public void Check(DataViewSchema schema, long slots)
    {
        var found = Find(schema);
        var most = MostNumbers / Math.Max(slots, how.BatchSize + 1);
        if (LabelReader.ClassesOf(found) > most)
            throw found.Mismatch($"a key with at most {most} values for {slots} values per row");
    }

    /// <summary>
    /// Reads the normalized values and labels into memory once, and gives the columns what it learns. Rows without a label are left out.
    /// </summary>
    /// <param name="input">The data that the columns were fitted on.</param>
    /// <param name="columns">Fitted, with gamma 1 and beta 0.</param>
    /// <param name="environment">May cancel.</param>
    /// <exception cref="InvalidOperationException">No row has a label, one is infinite, or the loss grows beyond all bounds.</exception>
    /// <exception cref="OperationCanceledException">The environment was cancelled.</exception>
    public BatchNormalizationColumn[] Learn(IDataView input, BatchNormalizationColumn[] columns, IHostEnvironment environment)
    {
        var (examples, classes) = Read(input, columns, environment);
        var model = new GammaBetaModel(
            [.. columns.Select(column => column.Map)], classes, how,
            learnGamma: options.Scale, learnBeta: options.Center && !options.FixZero);
        model.Train(examples, seed, () => MLNetInternals.ThrowIfCancelled(environment));
        var start = 0;
        var learned = new BatchNormalizationColumn[columns.Length];
        for (var i = 0; i < columns.Length; start += columns[i++].Channels)
            learned[i] = columns[i].With(model[start..(start + columns[i].Channels)], isLearned: true);
        return learned;
    }

    private SourceColumn Find(DataViewSchema schema) => LabelReader.Find(schema, label, ExpectedLabel, Kinds);

    private (Dataset Examples, int Classes) Read(
        IDataView input, BatchNormalizationColumn[] columns, IHostEnvironment environment)
    {
        // The mapper appends its outputs to the input's columns, which keep their indices.
        var view = new BatchNormalizationTransformer(columns).Transform(input);
        var normalized = Enumerable.Range(input.Schema.Count, columns.Length).Select(index => view.Schema[index]).ToArray();
        var found = Find(input.Schema);
        var weight = WeightReader.Find(input.Schema, WeightReader.Reference(options.ExampleWeightColumnName));

        DataViewSchema.Column[] others = weight is { } needed ? [found.Column, needed.Column] : [found.Column];
        using var cursor = view.GetRowCursor([.. normalized, .. others.Select(column => view.Schema[column.Index])]);
        var values = normalized.Select((source, i) => Reader(cursor, source, columns[i].Slots)).ToArray();
        var labels = new LabelReader(cursor, found);
        var weights = weight is { } source ? new WeightReader(cursor, source) : null;
        var row = new float[columns.Sum(fitted => fitted.Slots)];
        var builder = new DatasetBuilder(row.Length, hasWeights: weights is not null);
        while (cursor.MoveNext())
        {
            MLNetInternals.ThrowIfCancelled(environment);
            var target = labels.Read();
            var exampleWeight = weights?.Read() ?? 1;
            if (float.IsNaN(target) || exampleWeight == 0)
                continue;
            var start = 0;
            for (var i = 0; i < values.Length; start += columns[i++].Slots)
                values[i](row.AsSpan(start, columns[i].Slots));
            // A missing value counts as the mean, which is 0 here.
            foreach (ref var value in row.AsSpan())
                value = float.IsNaN(value) ? 0 : value;
            builder.Add(row, target, exampleWeight);
        }

        return builder.Rows > 0
            ? (builder.ToDataset(), LabelReader.ClassesOf(found))
            : throw new InvalidOperationException(
                $"There is no row with a label in column {label.Subject} to learn gamma and beta from.");
    }

    private static RowValues Reader(DataViewRow row, DataViewSchema.Column source, int slots)
    {
        var item = source.Type is VectorDataViewType vector ? vector.ItemType.RawType : source.Type.RawType;
        if (item == typeof(float))
            return new RowReader<float>(row, source, slots).Read;
        var reader = new RowReader<double>(row, source, slots);
        var doubles = new double[slots];
        return singles =>
        {
            reader.Read(doubles);
            TensorPrimitives.ConvertTruncating<double, float>(doubles, singles);
        };
    }

    private delegate void RowValues(Span<float> destination);
}
