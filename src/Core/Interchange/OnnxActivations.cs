namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>Activations, which are the same to rows and images.</summary>
internal static class OnnxActivations
{
    public static string Add(OnnxGraph graph, ActivationDefinition activation, string name, string x) => activation.Function switch
    {
        ActivationKind.Relu => graph.Node("Relu", name, [x]),
        ActivationKind.Sigmoid => graph.Node("Sigmoid", name, [x]),
        ActivationKind.Tanh => graph.Node("Tanh", name, [x]),
        ActivationKind.LeakyRelu => graph.Node("LeakyRelu", name, [x], ("alpha", activation.Alpha)),
        ActivationKind.Elu => graph.Node("Elu", name, [x], ("alpha", activation.Alpha)),
        ActivationKind.Gelu => Gelu(graph, name, x),
        ActivationKind.Silu => graph.Node("Mul", name, [x, graph.Node("Sigmoid", $"{name}.sigmoid", [x])]),
        ActivationKind.GeluTanh => GeluTanh(graph, name, x),
        ActivationKind.HardSwish => graph.Node(
            "Mul", name, [x, graph.Node("HardSigmoid", $"{name}.sigmoid", [x], ("alpha", 1 / 6f), ("beta", 0.5f))]),
        ActivationKind.Softplus => graph.Node("Softplus", name, [x]),
        ActivationKind.Mish => graph.Node(
            "Mul", name, [x, graph.Node("Tanh", $"{name}.tanh", [graph.Node("Softplus", $"{name}.softplus", [x])])]),
        var other => throw new NotSupportedException($"Layer '{name}', {other}, cannot be exported to ONNX."),
    };

    // x * P(x) = x / 2 * (1 + erf(x / sqrt(2))); the operator Gelu came with operator set 20.
    private static string Gelu(OnnxGraph graph, string name, string x)
    {
        var scaled = graph.Node("Mul", $"{name}.scaled", [x, graph.Constant($"{name}.rootOfHalf", [MathF.Sqrt(0.5f)], 1)]);
        var erf = graph.Node("Erf", $"{name}.erf", [scaled]);
        var sum = graph.Node("Add", $"{name}.sum", [erf, graph.Constant($"{name}.one", [1f], 1)]);
        var half = graph.Node("Mul", $"{name}.half", [x, graph.Constant($"{name}.oneHalf", [0.5f], 1)]);
        return graph.Node("Mul", name, [half, sum]);
    }

    // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
    private static string GeluTanh(OnnxGraph graph, string name, string x)
    {
        var square = graph.Node("Mul", $"{name}.square", [x, x]);
        var bend = graph.Node("Mul", $"{name}.bend", [square, graph.Constant($"{name}.cubic", [0.044715f], 1)]);
        var factor = graph.Node("Add", $"{name}.factor", [bend, graph.Constant($"{name}.one", [1f], 1)]);
        var slope = graph.Constant($"{name}.slope", [MathF.Sqrt(2 / MathF.PI)], 1);
        var scaled = graph.Node("Mul", $"{name}.scaled", [graph.Node("Mul", $"{name}.bent", [x, factor]), slope]);
        var sum = graph.Node(
            "Add", $"{name}.sum", [graph.Node("Tanh", $"{name}.tanh", [scaled]), graph.Constant($"{name}.one", [1f], 1)]);
        var half = graph.Node("Mul", $"{name}.half", [x, graph.Constant($"{name}.oneHalf", [0.5f], 1)]);
        return graph.Node("Mul", name, [half, sum]);
    }
}
