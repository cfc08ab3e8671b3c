using Microsoft.ML;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Interop;
using MLNet.BatchNorm.Transforms.Mapping;

namespace MLNet.BatchNorm.Pipelines.Prediction;

/// <summary>Applies a network to the rows of one schema.</summary>
internal sealed class NeuralNetworkMapper(DataViewSchema inputSchema, DataViewSchema.Column features, NeuralNetworkModelParameters model)
    : RowMapper(inputSchema, model.Head.OutputColumns(inputSchema))
{
    public override DataViewSchema.Column SourceOf(int output) => features;

    public override Delegate?[] CreateGetters(DataViewRow input, Func<int, bool> isActive)
    {
        var getters = new Delegate?[OutputSchema.Count - InputSchema.Count];
        RowScores? scores = null;
        for (var output = 0; output < getters.Length; output++)
            if (isActive(output))
                getters[output] = model.Head.CreateGetter(
                    output, scores ??= new RowScores(input, new RowReader<float>(input, features, model.InputCount), model));
        return getters;
    }

    public override void AddTo(MLNetOnnxGraph graph)
    {
        var variable = graph.VariableOf(features);
        foreach (var output in model.AddTo(graph, variable, MLNetOnnxGraph.DimensionsOf(features), foldBatchNorm: false))
            graph.AddColumn(OutputSchema[output.Name], output.Variable);
    }

    /// <summary>
    /// A cursor that scores blocks of rows, unless no score is asked for or a value that is passed through cannot be kept past its row.
    /// </summary>
    public override DataViewRowCursor Map(DataViewRowCursor input, DataViewSchema.Column[] activeColumns)
    {
        var needsScores = Array.Exists(activeColumns, column => column.Index >= InputSchema.Count);
        return needsScores && BlockReader.Over(input, InputSchema, activeColumns, features, model) is { } reader
            ? new BlockScoringCursor(this, reader, activeColumns, model)
            : base.Map(input, activeColumns);
    }
}
