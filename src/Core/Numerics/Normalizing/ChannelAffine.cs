namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>y = x * Scale + Shift per channel.</summary>
internal readonly record struct ChannelAffine(float[] Scale, float[] Shift);
