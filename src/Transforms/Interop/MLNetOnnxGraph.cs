using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using MLNet.BatchNorm.Core.Interchange;

namespace MLNet.BatchNorm.Transforms.Interop;

/// <summary>
/// The graph that <c>mlContext.Model.ConvertToOnnx</c> builds of a pipeline, where each step finds the variables of its input columns and
/// leaves those of its output columns.
/// </summary>
internal sealed class MLNetOnnxGraph : OnnxGraph
{
    private readonly OnnxContext context;

    /// <exception cref="ArgumentException">An operator set below <see cref="OnnxGraph.LowestOpset"/> was asked for.</exception>
    public MLNetOnnxGraph(OnnxContext context)
    {
        this.context = context;
        context.CheckOpSetVersion(LowestOpset, "MLNet.BatchNorm");
    }

    /// <summary>The dimensions of a column behind the batch.</summary>
    public static long[] DimensionsOf(DataViewSchema.Column column) =>
        column.Type is VectorDataViewType { Size: > 1 } vector ? [.. vector.Dimensions.Select(size => (long)size)] : [1];

    /// <summary>The variable of a column: [N, dimensions].</summary>
    /// <exception cref="NotSupportedException">The step that gives the column has not exported it.</exception>
    public string VariableOf(DataViewSchema.Column column) => context.ContainsColumn(column.Name)
        ? context.GetVariableName(column.Name)
        : throw new NotSupportedException(
            $"Column '{column.Name}' comes from a step that cannot be exported to ONNX. Export the steps behind it, "
            + "over data that has the column already.");

    /// <summary>Makes a variable that of a column that this step adds; inputs of the same name must have been asked for before.</summary>
    public void AddColumn(DataViewSchema.Column column, string variable) =>
        AddNode("Identity", [variable], context.AddIntermediateVariable(column.Type, column.Name));

    public override string Constant(string name, float[] values, params long[] dimensions) =>
        context.AddInitializer(values, dimensions, NoColumn(name));

    public override string Constant(string name, double[] values, params long[] dimensions) =>
        context.AddInitializer(values, dimensions, NoColumn(name));

    public override string Constant(string name, long[] values, params long[] dimensions) =>
        context.AddInitializer(values, dimensions, NoColumn(name));

    public override string Node(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var result = context.AddIntermediateVariable(type: null, NoColumn(name), skip: true);
        var node = AddNode(operation, inputs, result);
        foreach (var attribute in attributes)
            Add(node, attribute.Name, attribute.Value);
        return result;
    }

    // The default domain must be said: what is left out is ai.onnx.ml.
    private OnnxNode AddNode(string operation, string[] inputs, string result) =>
        context.CreateNode(operation, inputs, [result], context.GetNodeName(operation), domain: "");

    // ML.NET takes every name for that of a column too, so that one in use would hide the column.
    private string NoColumn(string name)
    {
        while (context.ContainsColumn(name))
            name += "_";
        return name;
    }

    private static void Add(OnnxNode node, string name, object value)
    {
        switch (value)
        {
            case float number:
                node.AddAttribute(name, (double)number);
                break;
            case long number:
                node.AddAttribute(name, number);
                break;
            case long[] numbers:
                node.AddAttribute(name, numbers);
                break;
            default:
                throw new ArgumentException($"An attribute cannot be a {value.GetType()}.", nameof(value));
        }
    }
}
