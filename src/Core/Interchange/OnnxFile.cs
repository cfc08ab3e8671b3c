namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>
/// A graph that becomes a file of IR version 8 and operator set 17. The numbers of the fields are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.proto).
/// </summary>
internal sealed class OnnxFile : OnnxGraph
{
    private const int IrVersion = 8, Opset = 17;

    // Protocol Buffers know no longer messages.
    private const int LargestFile = int.MaxValue;

    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly ProtoMessage graph = new ProtoMessage().Add(2, "network");

    /// <summary>Declares an input of floats.</summary>
    /// <param name="name">Its name, and the variable.</param>
    /// <param name="dimensions">Those behind the batch.</param>
    public string Input(string name, params long[] dimensions)
    {
        graph.Add(11, ValueInfo(name, OnnxType.Float, dimensions));
        return Unique(name);
    }

    /// <summary>Declares a result.</summary>
    public void Output(OnnxOutput output)
    {
        graph.Add(12, ValueInfo(output.Name, output.Type, output.Dimensions));
        Node("Identity", output.Name, [output.Variable]);
    }

    public override string Constant(string name, float[] values, params long[] dimensions) =>
        Constant(name, OnnxType.Float, values, dimensions);

    public override string Constant(string name, double[] values, params long[] dimensions) =>
        Constant(name, OnnxType.Double, values, dimensions);

    public override string Constant(string name, long[] values, params long[] dimensions) =>
        Constant(name, OnnxType.Int64, values, dimensions);

    public override string Node(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes)
    {
        name = Unique(name);
        var node = new ProtoMessage();
        foreach (var input in inputs)
            node.Add(1, input);
        node.Add(2, name).Add(3, name).Add(4, operation);
        foreach (var attribute in attributes)
            node.Add(5, Attribute(attribute.Name, attribute.Value));
        graph.Add(1, node);
        return name;
    }

    /// <param name="stream">Stays open.</param>
    public void WriteTo(Stream stream) => new ProtoMessage()
        .Add(1, IrVersion)
        .Add(2, "MLNet.BatchNorm")
        .Add(7, graph)
        .Add(8, new ProtoMessage().Add(1, "").Add(2, Opset))
        .WriteTo(stream);

    private string Constant<T>(string name, OnnxType type, T[] values, long[] dimensions)
        where T : unmanaged
    {
        name = Unique(name);
        var tensor = new ProtoMessage();
        foreach (var dimension in dimensions)
            tensor.Add(1, dimension);
        graph.Add(5, tensor.Add(2, (long)type).Add(8, name).AddRaw(9, values));
        return graph.Length <= LargestFile
            ? name
            : throw new NotSupportedException(
                $"With '{name}' the network has more than the {LargestFile} bytes that an ONNX file can hold. Save it with Save.");
    }

    private string Unique(string name)
    {
        var unique = name;
        for (var number = 2; !names.Add(unique); number++)
            unique = $"{name}.{number}";
        return unique;
    }

    private static ProtoMessage Attribute(string name, object value)
    {
        const int kind = 20;
        var attribute = new ProtoMessage().Add(1, name);
        switch (value)
        {
            case float number:
                return attribute.Add(2, number).Add(kind, 1);
            case long number:
                return attribute.Add(3, number).Add(kind, 2);
            case long[] numbers:
                foreach (var number in numbers)
                    attribute.Add(8, number);
                return attribute.Add(kind, 7);
            default:
                throw new ArgumentException($"An attribute cannot be a {value.GetType()}.", nameof(value));
        }
    }

    private static ProtoMessage ValueInfo(string name, OnnxType type, long[] dimensions)
    {
        var shape = new ProtoMessage().Add(1, new ProtoMessage().Add(2, "N"));
        foreach (var dimension in dimensions)
            shape.Add(1, new ProtoMessage().Add(1, dimension));
        var tensor = new ProtoMessage().Add(1, (long)type).Add(2, shape);
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }
}
