using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Transforms.Mapping;

/// <summary>
/// A data view seen through a <see cref="RowMapper"/>. Lazy: nothing is computed before a cursor asks. ML.NET's exporter to ONNX walks from
/// view to view and takes one that is not as here for the input of the whole pipeline.
/// </summary>
internal sealed class MappedDataView(IDataView source, RowMapper mapper) : ITransformCanSaveOnnx
{
    IDataView IDataTransform.Source => source;

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => mapper.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return mapper.Map(source.GetRowCursor(mapper.GetDependencies(needed), rand), needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return [.. source.GetRowCursorSet(mapper.GetDependencies(needed), n, rand).Select(cursor => mapper.Map(cursor, needed))];
    }

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
    {
        RequireExportableSources(ctx);
        mapper.AddTo(new MLNetOnnxGraph(ctx));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) =>
        throw new NotSupportedException("A view is not saved, the transformer that made it is.");

    // The exporter leaves out a step that cannot be exported and all in front of it, and reads columns of the same names from the data. To
    // leave out a view that only chooses or reorders rows does no harm.
    private void RequireExportableSources(OnnxContext context)
    {
        for (var view = source; view is IDataTransform step; view = step.Source)
            if (step is IRowToRowMapper && !(step is ITransformCanSaveOnnx exportable && exportable.CanSaveOnnx(context)))
                throw new NotSupportedException(
                    $"The step that makes '{FirstMade(step)}' cannot be exported to ONNX. Export the steps behind it, over "
                    + "data that has its columns already.");
    }

    // A column that replaces another one stands right behind it.
    private static string FirstMade(IDataTransform step)
    {
        var before = step.Source.Schema;
        return step.Schema.First(column => column.Index >= before.Count || before[column.Index].Name != column.Name).Name;
    }
}
