using MLNet.BatchNorm.Benchmarks.Measuring;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>The figures of ours and the peers', taken right after one another, and what the machine gave before them.</summary>
internal sealed record Round(MachineLimits Limits, IReadOnlyList<Measurement> Figures);
