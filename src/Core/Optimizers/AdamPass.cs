using System.Runtime.CompilerServices;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Core.Optimizers;

/// <summary>
/// The formulas of <see cref="AdamRule"/> over a part of a parameter: m = beta1 * m + (1 - beta1) * g, v = beta2 * v + (1 - beta2) * g^2,
/// w = kept * w - rate * m / (sqrt(v) * root + epsilon).
/// </summary>
/// <param name="weight">w.</param>
/// <param name="gradient">g.</param>
/// <param name="first">m.</param>
/// <param name="second">v.</param>
/// <param name="length">Of each; whole cache lines, and so whole vectors.</param>
internal readonly unsafe struct AdamPass(float* weight, float* gradient, float* first, float* second, int length) : ISimdOperation
{
    public required float Beta1 { get; init; }

    public required float Beta2 { get; init; }

    public required float Epsilon { get; init; }

    public required float Rate { get; init; }

    public required float Kept { get; init; }

    public required float Root { get; init; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Run<TVector>()
        where TVector : struct, ISimd<TVector>
    {
        float* w = weight, g = gradient, m = first, v = second;
        TVector beta1 = TVector.Broadcast(Beta1), beta2 = TVector.Broadcast(Beta2);
        TVector rest1 = TVector.Broadcast(1 - Beta1), rest2 = TVector.Broadcast(1 - Beta2);
        TVector epsilon = TVector.Broadcast(Epsilon), rate = TVector.Broadcast(Rate);
        TVector kept = TVector.Broadcast(Kept), root = TVector.Broadcast(Root);
        nint end = length;
        for (nint i = 0; i < end; i += TVector.Count)
        {
            var slope = TVector.Load(g + i);
            var mean = (beta1 * TVector.Load(m + i)) + (rest1 * slope);
            var square = (beta2 * TVector.Load(v + i)) + (rest2 * (slope * slope));
            mean.Store(m + i);
            square.Store(v + i);
            ((kept * TVector.Load(w + i)) - (rate * mean / ((TVector.SquareRoot(square) * root) + epsilon))).Store(w + i);
        }
    }
}
