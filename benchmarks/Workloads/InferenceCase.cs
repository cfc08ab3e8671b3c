using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Core.Layers;

namespace MLNet.BatchNorm.Benchmarks.Workloads;

/// <summary>A network that predicts a number of rows.</summary>
internal sealed record InferenceCase(string Name, Network Network, int Rows, string Unit)
{
    public float[] Inputs() => PeerData.Uniform(Rows * Network.InputShape.Size, PeerData.InferenceInput);

    /// <summary>Compares with the layers one by one, batch norm not folded: rounding differs, the function does not.</summary>
    public void CheckOutputs(string what, ReadOnlySpan<float> outputs)
    {
        var expected = Network.Forward(Inputs(), Rows, Pass.Inference).ToArray().Select(value => (double)value);
        Check.Agree(what, outputs, [.. expected], 1e-4);
    }

    /// <summary>The time of a single row, else rows per second.</summary>
    public Measurement Figure(Timing timing, double[] seconds) => Measurement.Of(
        Name, Rows == 1 ? "latency" : "throughput", Unit, timing, seconds, s => Rows == 1 ? s * 1e6 : Rows / s,
        Work.OfOperations(NetworkOperations.OfPrediction(Network)));
}
