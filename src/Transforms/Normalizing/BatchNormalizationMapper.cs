using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Mapping;

namespace MLNet.BatchNorm.Transforms.Normalizing;

/// <summary>Applies a <see cref="BatchNormalizationTransformer"/> to the rows of one schema.</summary>
internal sealed class BatchNormalizationMapper : RowMapper
{
    private readonly IReadOnlyList<BatchNormalizationColumn> columns;
    private readonly DataViewSchema.Column[] sources;

    /// <param name="inputSchema">Schema of the rows.</param>
    /// <param name="columns">What to normalize, and how.</param>
    /// <param name="parameter">The argument that the schema came from, for errors.</param>
    public BatchNormalizationMapper(DataViewSchema inputSchema, IReadOnlyList<BatchNormalizationColumn> columns, string parameter)
        : this(inputSchema, columns, [.. columns.Select(column => column.FindIn(inputSchema, parameter))])
    {
    }

    private BatchNormalizationMapper(
        DataViewSchema inputSchema, IReadOnlyList<BatchNormalizationColumn> columns, DataViewSchema.Column[] sources)
        : base(inputSchema, columns.Select((column, i) => Output(column.OutputColumnName, sources[i])))
    {
        this.columns = columns;
        this.sources = sources;
    }

    public override DataViewSchema.Column SourceOf(int output) => sources[output];

    public override Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> isActive) =>
        [.. sources.Select((source, i) => isActive(i) ? CreateGetter(input, source, columns[i]) : null)];

    public override void AddTo(MLNetOnnxGraph graph)
    {
        // An output may have the name of another one's input.
        var variables = sources.Select(graph.VariableOf).ToArray();
        for (var i = 0; i < columns.Count; i++)
        {
            var output = OutputSchema[InputSchema.Count + i];
            graph.AddColumn(output, columns[i].Normalization.AddTo(
                graph, $"BatchNormalization.{output.Name}", variables[i], MLNetOnnxGraph.DimensionsOf(sources[i]),
                isDouble: ColumnType.Of(sources[i].Type).Item == NumberDataViewType.Double));
        }
    }

    private static Delegate CreateGetter(DataViewRow input, DataViewSchema.Column source, BatchNormalizationColumn column) =>
        source.Type switch
        {
            VectorDataViewType { ItemType.RawType: var item } when item == typeof(double) => VectorGetter<double>(input, source, column),
            VectorDataViewType => VectorGetter<float>(input, source, column),
            { RawType: var item } when item == typeof(double) => ScalarGetter<double>(input, source, column.Normalization),
            _ => ScalarGetter<float>(input, source, column.Normalization),
        };

    private static ValueGetter<VBuffer<T>> VectorGetter<T>(DataViewRow input, DataViewSchema.Column source, BatchNormalizationColumn column)
        where T : unmanaged, IFloatingPoint<T>
    {
        var normalization = column.Normalization;
        var reader = new RowReader<T>(input, source, ((VectorDataViewType)source.Type).Size);
        if (column.FixZero)
            return SparseVectorGetter(reader, normalization);
        return (ref VBuffer<T> output) =>
        {
            var editor = VBufferEditor.Create(ref output, reader.Slots);
            normalization.Apply(reader.ReadInPlace(editor.Values), editor.Values);
            output = editor.Commit();
        };
    }

    private static ValueGetter<VBuffer<T>> SparseVectorGetter<T>(RowReader<T> reader, ColumnNormalization normalization)
        where T : unmanaged, IFloatingPoint<T> => (ref VBuffer<T> output) =>
        {
            var editor = VBufferEditor.Create(ref output, reader.Slots);
            if (reader.TryReadDense(editor.Values))
            {
                normalization.Apply<T>(editor.Values, editor.Values);
            }
            else
            {
                editor = VBufferEditor.Create(ref output, reader.Slots, reader.SparseValues.Length);
                reader.SparseSlots.CopyTo(editor.Indices);
                normalization.ApplySparse(reader.SparseSlots, reader.SparseValues, editor.Values);
            }

            output = editor.Commit();
        };

    private static ValueGetter<T> ScalarGetter<T>(DataViewRow input, DataViewSchema.Column source, ColumnNormalization normalization)
        where T : unmanaged, IFloatingPoint<T>
    {
        var reader = new RowReader<T>(input, source, slots: 1);
        return (ref T output) =>
        {
            var value = new Span<T>(ref output);
            reader.Read(value);
            normalization.Apply<T>(value, value);
        };
    }

    private static DataViewSchema.DetachedColumn Output(string name, DataViewSchema.Column source)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(source.Annotations, kind => kind == AnnotationKinds.SlotNames);
        annotations.Add(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, (ref bool value) => value = true);
        return new DataViewSchema.DetachedColumn(name, source.Type, annotations.ToAnnotations());
    }
}
