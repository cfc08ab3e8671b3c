using System.Numerics;
using System.Runtime.InteropServices;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>An optimizer at work: knows its parameters and what it keeps per parameter, never layers or data.</summary>
internal abstract class UpdateRule(IReadOnlyList<Parameter> parameters)
{
    protected IReadOnlyList<Parameter> Parameters { get; } = parameters;

    /// <summary>Changes every parameter once, from the gradients of the last backward pass. One pass over memory per parameter.</summary>
    public abstract void Step(float learningRate);

    /// <summary>Parameters, gradients and state are padded with zeros to whole vectors, and every rule maps zeros to zeros.</summary>
    protected static Span<Vector<float>> Vectors(Span<float> padded) => MemoryMarshal.Cast<float, Vector<float>>(padded);

    /// <summary>Zeros like the parameters: one array for each.</summary>
    protected static float[][] ZerosLike(IReadOnlyList<Parameter> parameters) =>
        [.. parameters.Select(parameter => new float[parameter.PaddedValue.Length])];
}
