using Microsoft.ML.OnnxRuntime;

namespace MLNet.BatchNorm.Core.Tests.Support;

/// <summary>An ONNX file in ONNX Runtime.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession session;

    public OnnxModel(byte[] file)
    {
        File = file;
        session = new InferenceSession(file);
    }

    public byte[] File { get; }

    public static OnnxModel Of(Network network, bool foldBatchNorm = false)
    {
        using var stream = new MemoryStream();
        network.SaveAsOnnx(stream, foldBatchNorm);
        return new OnnxModel(stream.ToArray());
    }

    public (string Name, NodeMetadata Type) Input => session.InputMetadata.Select(input => (input.Key, input.Value)).Single();

    public (string Name, NodeMetadata Type) Output => session.OutputMetadata.Select(output => (output.Key, output.Value)).Single();

    /// <summary>The only output for rows of the only input.</summary>
    public float[] Run(float[] rows)
    {
        var dimensions = Input.Type.Dimensions.Select(dimension => (long)dimension).ToArray();
        dimensions[0] = rows.Length / dimensions.Skip(1).Aggregate(1L, (product, dimension) => product * dimension);
        using var input = OrtValue.CreateTensorValueFromMemory(rows, dimensions);
        using var options = new RunOptions();
        using var results = session.Run(options, [Input.Name], [input], [Output.Name]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public void Dispose() => session.Dispose();
}
