namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>What a pass of batch normalization reads and writes.</summary>
internal unsafe struct BatchNormOperands
{
    public ChannelLanes Lanes;
    public BatchNormFactors Factors;
    public float* X;

    /// <summary>The upstream gradient; null on the way forward.</summary>
    public float* Dy;

    /// <summary>y on the way forward, dx on the way back; may be X or Dy.</summary>
    public float* Result;

    /// <summary>Whether a ReLU follows the normalization.</summary>
    public bool Relu;
}

/// <summary>Per-lane factors of a batch normalization, each array <see cref="ChannelLanes.PaddedWidth"/> long.</summary>
internal readonly unsafe struct BatchNormFactors(float* arrays, int paddedWidth)
{
    /// <summary>Number of arrays.</summary>
    public const int Count = 5;

    public float* Mean => arrays;

    /// <summary>gamma * inverseStdDev.</summary>
    public float* Scale => arrays + paddedWidth;

    public float* Beta => arrays + (2 * paddedWidth);

    /// <summary>dBeta / rows.</summary>
    public float* MeanGradient => arrays + (3 * paddedWidth);

    /// <summary>-inverseStdDev * dGamma / rows.</summary>
    public float* Slope => arrays + (4 * paddedWidth);
}
