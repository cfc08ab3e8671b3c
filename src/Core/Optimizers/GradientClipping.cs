using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>Keeps gradients from becoming large, as torch.nn.utils.clip_grad_value_ and clip_grad_norm_ do.</summary>
internal static class GradientClipping
{
    // Added to the norm, as PyTorch does, so that it is never divided by zero.
    private const double NormEpsilon = 1e-6;

    /// <summary>
    /// Clamps every element to +-<paramref name="value"/>, then multiplies all gradients by <paramref name="norm"/> / (norm of them all)
    /// if that is less than 1. Null leaves a step out.
    /// </summary>
    public static void Clip(IReadOnlyList<Parameter> parameters, float? value, float? norm)
    {
        if (value is { } largest)
            for (var p = 0; p < parameters.Count; p++)   // by index: an enumerator would be allocated in every step
                TensorPrimitives.Clamp(parameters[p].Gradient, -largest, largest, parameters[p].Gradient);

        if (norm is { } longest && longest / (NormOf(parameters) + NormEpsilon) is var factor and < 1)
            for (var p = 0; p < parameters.Count; p++)
                TensorPrimitives.Multiply(parameters[p].Gradient, (float)factor, parameters[p].Gradient);
    }

    /// <summary>The Euclidean norm of all gradients together.</summary>
    public static double NormOf(IReadOnlyList<Parameter> parameters)
    {
        var sum = 0.0;   // in double: squares of gradients above 1e19 are not float32 numbers
        for (var p = 0; p < parameters.Count; p++)
            foreach (var element in parameters[p].Gradient)
                sum += (double)element * element;
        return Math.Sqrt(sum);
    }
}
