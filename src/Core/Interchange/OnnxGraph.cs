namespace MLNet.BatchNorm.Core.Interchange;

/// <summary>Types of the elements of a tensor, numbered as ONNX does (onnx.proto, TensorProto.DataType).</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Bool = 9,
    Double = 11,
    UInt32 = 12,
}

/// <summary>A result of a graph.</summary>
/// <param name="Name">What readers of the graph know it by.</param>
/// <param name="Variable">The variable that holds it.</param>
/// <param name="Type">Of its elements.</param>
/// <param name="Dimensions">Those behind the batch.</param>
internal readonly record struct OnnxOutput(string Name, string Variable, OnnxType Type, params long[] Dimensions);

/// <summary>
/// An ONNX graph under construction: <see cref="OnnxFile"/>, or the one that ML.NET's exporter builds. Whoever adds to it uses operators,
/// attributes and inputs that mean the same in every operator set from <see cref="LowestOpset"/> to 17.
/// </summary>
internal abstract class OnnxGraph
{
    /// <summary>In earlier ones Gemm needs a bias.</summary>
    public const int LowestOpset = 11;

    /// <summary>Adds a tensor. A batch is the first dimension of whatever it meets, so it needs none for that.</summary>
    /// <param name="name">Made unique.</param>
    /// <param name="values">The last dimension varies fastest. Kept as it is, not copied.</param>
    /// <param name="dimensions">At least one.</param>
    /// <returns>The variable.</returns>
    public abstract string Constant(string name, float[] values, params long[] dimensions);

    /// <inheritdoc cref="Constant(string, float[], long[])"/>
    public abstract string Constant(string name, double[] values, params long[] dimensions);

    /// <inheritdoc cref="Constant(string, float[], long[])"/>
    public abstract string Constant(string name, long[] values, params long[] dimensions);

    /// <summary>Adds a node with one result.</summary>
    /// <param name="operation">An operator of ONNX's default domain.</param>
    /// <param name="name">Name of the node and of its result; made unique.</param>
    /// <param name="inputs">Variables.</param>
    /// <param name="attributes">Values are long, float or long[].</param>
    /// <returns>The variable of the result.</returns>
    public abstract string Node(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes);

    /// <summary>Gives a tensor other dimensions, where 0 keeps the one at that place and -1 takes what is left.</summary>
    public string Reshape(string name, string x, params long[] dimensions) =>
        Node("Reshape", name, [x, Constant($"{name}.shape", dimensions, dimensions.Length)]);

    public string Transpose(string name, string x, params long[] order) => Node("Transpose", name, [x], ("perm", order));

    public string Cast(string name, string x, OnnxType type) => Node("Cast", name, [x], ("to", (long)type));
}
