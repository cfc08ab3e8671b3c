using Microsoft.ML;

namespace MLNet.BatchNorm.Tests;

/// <summary>ML.NET's way to ONNX and back.</summary>
internal static class OnnxRoundTrip
{
    public const int Opset = 12;

    public static byte[] Export(ITransformer model, IDataView data, int opset = Opset)
    {
        using var stream = new MemoryStream();
        TestData.ML.Model.ConvertToOnnx(model, data, opset, stream);
        return stream.ToArray();
    }

    /// <summary>What ONNX Runtime makes of the data; the file's inputs are found in it by their names.</summary>
    public static IDataView Apply(byte[] file, IDataView data)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, file);
        var model = TestData.ML.Transforms.ApplyOnnxModel(path).Fit(data);
        File.Delete(path);
        return model.Transform(data);
    }

    public static IDataView Apply(ITransformer model, IDataView data) => Apply(Export(model, data), data);
}
