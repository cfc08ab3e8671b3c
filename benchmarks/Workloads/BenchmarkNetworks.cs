using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>The networks of the workloads. Weights start as PyTorch's do.</summary>
internal static class BenchmarkNetworks
{
    /// <summary>Dense layers of the given sizes, all but the last with an activation, and batch norm in front of it if asked for.</summary>
    public static Network Mlp(int[] sizes, ActivationKind activation, bool batchNorm)
    {
        var net = NetworkDefinition.Empty;
        foreach (var units in sizes[1..^1])
        {
            net = net.Dense(units);
            if (batchNorm)
                net = net.BatchNorm();
            net = net.Add(new ActivationDefinition(activation));
        }

        return new Network(net.Dense(sizes[^1]), Shape.Vector(sizes[0]), seed: 0, Initializer.PyTorch);
    }
}
