using MLNet.BatchNorm.Core.Interchange;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>
/// A graph with max pooling as other exporters write it. Ours adds 0 times the values of each window, by which a missing value stays one;
/// with it ONNX Runtime predicts one image of 28 x 28 in seven fewer.
/// </summary>
internal sealed class PlainPooling(OnnxFile file) : OnnxGraph
{
    private const string LeftOut = "";

    public override string Constant(string name, float[] values, params long[] dimensions) => file.Constant(name, values, dimensions);

    public override string Constant(string name, double[] values, params long[] dimensions) => file.Constant(name, values, dimensions);

    public override string Constant(string name, long[] values, params long[] dimensions) => file.Constant(name, values, dimensions);

    // What is added to the maximum, and adding it.
    public override string Node(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes) =>
        operation switch
        {
            "Conv" when name.EndsWith(".zeroOrMissing", StringComparison.Ordinal) => LeftOut,
            "Add" when inputs.Contains(LeftOut) => inputs.Single(input => input != LeftOut),
            _ => file.Node(operation, name, inputs, attributes),
        };
}
