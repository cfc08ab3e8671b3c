using Microsoft.ML.OnnxRuntime;
using MLNet.BatchNorm.Benchmarks.Measuring;
using MLNet.BatchNorm.Benchmarks.Workloads;
using MLNet.BatchNorm.Core.Interchange;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>
/// ONNX Runtime in this process, on the networks that ours predicts with, as our exporter writes them but for <see cref="PlainPooling"/>:
/// once with batch norm folded into the layers in front of it, once with what ONNX Runtime makes of it. Its tensors are made once.
/// </summary>
internal static class OnnxRuntimePeer
{
    public static IEnumerable<Measurement> Run(string workload, Timing timing) =>
        from work in InferenceWorkloads.CasesOf(workload)
        from folded in new[] { true, false }
        // Threads that wait for more work by spinning are its default; with one thread nobody waits.
        from spinning in timing.Threads > 1 ? new[] { true, false } : [true]
        select Measure(work, folded, spinning, timing);

    private static Measurement Measure(InferenceCase work, bool folded, bool spinning, Timing timing)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = timing.Threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spinning ? "1" : "0");
        using var session = new InferenceSession(Model(work.Network, folded), options);
        using var run = new RunOptions();
        var outputs = new float[work.Rows * work.Network.OutputShape.Size];
        using var from = Tensor(work.Inputs(), work.Rows, work.Network.InputShape);
        using var to = Tensor(outputs, work.Rows, work.Network.OutputShape);
        string[] fromNames = ["features"], toNames = ["outputs"];
        OrtValue[] froms = [from], tos = [to];
        void Predict() => session.Run(run, fromNames, froms, toNames, tos);

        Predict();
        work.CheckOutputs("ONNX Runtime", outputs);
        return work.Figure(timing, timing.Measure(Predict)) with
        {
            Peer = $"onnxruntime-{OrtEnv.Instance().GetVersionString()}",
            Workload = $"{work.Name[..^1]},onnx{(folded ? "-folded" : "")}]",
            Config = spinning ? "spinning" : "not spinning",
        };
    }

    private static byte[] Model(Network network, bool folded)
    {
        var file = new OnnxFile();
        var exported = new OnnxNetwork(new PlainPooling(file), folded);
        var dimensions = OnnxNetwork.DimensionsOf(network.InputShape);
        var features = exported.Input(file.Input("features", dimensions), dimensions, network.InputShape, isPlanar: false);
        file.Output(exported.Output("outputs", exported.Add(network, features)));
        using var bytes = new MemoryStream();
        file.WriteTo(bytes);
        return bytes.ToArray();
    }

    private static OrtValue Tensor(float[] values, int rows, Shape shape) =>
        OrtValue.CreateTensorValueFromMemory(values, [rows, .. OnnxNetwork.DimensionsOf(shape)]);
}
