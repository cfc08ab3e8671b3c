namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>What a pass of batch normalization reads and writes.</summary>
internal unsafe struct BatchNormOperands
{
    public ChannelLanes Lanes;
    public BatchNormFactors Factors;
    public float* X;

    /// <summary>The upstream gradient; null on the way forward, and where <see cref="Pooled"/> has it.</summary>
    public float* Dy;

    /// <summary>The pooling behind it, if it is part of the pass.</summary>
    public PooledOperands Pooled;

    /// <summary>y on the way forward, dx on the way back; may be X or Dy.</summary>
    public float* Result;

    /// <summary>Whether a ReLU follows the normalization.</summary>
    public bool Relu;

    /// <summary>Whether the ReLU is still to be taken into account in the upstream gradient: pooling does it by itself.</summary>
    public readonly bool ReluClosesDy => Relu && Pooled.Dy == null;
}

/// <summary>Max pooling by windows of 2 x 2 side by side: what it gives, and the gradient behind it, null on the way forward.</summary>
internal unsafe struct PooledOperands
{
    public SlidingWindow Window;
    public float* Y;
    public float* Dy;
}
