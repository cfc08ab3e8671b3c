using BenchmarkDotNet.Attributes;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Benchmarks.Micro;

/// <summary>Matrix products at the sizes that the layers of small networks have.</summary>
public class MatrixProductBenchmarks
{
    private AlignedBuffer? a, b, c;

    [Params(1, 60, 128)]
    public int Rows { get; set; }

    [Params(30, 100, 784)]
    public int Inputs { get; set; }

    [Params(2, 64, 512)]
    public int Outputs { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        a = Aligned.Copy(PeerData.Uniform(Rows * Inputs, 1));
        b = Aligned.Copy(PeerData.Uniform(Inputs * Outputs, 2));
        c = new AlignedBuffer(Rows * Outputs);
    }

    [Benchmark]
    public void Multiply() => MatrixProduct.Multiply(a!.Span, b!.Span, c!.Span, Rows, Inputs, Outputs);
}
