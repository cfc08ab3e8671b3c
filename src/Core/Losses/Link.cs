using System.Numerics.Tensors;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Losses;

/// <summary>
/// The function of the prediction that the network gives (McCullagh and Nelder, Generalized Linear Models, 2nd edition 1989, section 2.2).
/// </summary>
internal enum Link
{
    /// <summary>The output is the prediction.</summary>
    Identity,

    /// <summary>The output is the logarithm of the prediction, which is positive therefore.</summary>
    Log,
}

/// <summary>The inverse of a link.</summary>
internal static class LinkExtensions
{
    // Beyond them exp leaves the normal numbers of a float32: a prediction is never 0, infinite or imprecise.
    public const float LowestLog = -87, HighestLog = 88;

    /// <summary>The prediction for an output. That of the log link is exp(output) with the output kept within [-87, 88].</summary>
    public static double ToPrediction(this Link link, double output) =>
        link == Link.Log ? Math.Exp(Math.Clamp(output, LowestLog, HighestLog)) : output;

    /// <summary>Turns outputs into predictions in place; each has the same bits whatever stands beside it.</summary>
    public static void ToPredictions(this Link link, Span<float> outputs)
    {
        if (link != Link.Log)
            return;
        TensorPrimitives.Clamp(outputs, LowestLog, HighestLog, outputs);
        VectorMath.Exp(outputs, outputs);
    }
}
