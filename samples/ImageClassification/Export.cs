using ImageClassification.Pictures;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm;

namespace ImageClassification;

/// <summary>Writes the network of a saved model as an ONNX file, for other programs and languages.</summary>
internal static class Export
{
    public static void Run(string modelPath, string onnxPath)
    {
        var ml = new MLContext();
        var model = ModelFile.Load(ml, modelPath);
        var network = ((IEnumerable<ITransformer>)model).OfType<NeuralNetworkPredictionTransformer>().Single().Model;
        OutputFile.Onnx.Write(onnxPath, temporary =>
        {
            using var stream = File.Create(temporary);
            network.SaveAsOnnx(stream, foldBatchNorm: true);
        });

        // Loading, scaling and taking pixels are for the other program to do; ONNX has no keys, so it must know the classes too.
        var predictions = model.Transform(ml.Data.LoadFromEnumerable<LabeledPicture>([]));
        VBuffer<ReadOnlyMemory<char>> classes = default;
        predictions.Schema["Score"].GetSlotNames(ref classes);
        var image = network.InputShape;
        Console.WriteLine($"Input Features: [N, {image.Channels}, {image.Height}, {image.Width}], pixels from 0 to 1");
        Console.WriteLine($"Output Score: [N, {network.OutputCount}], the probabilities of {string.Join(", ", classes.DenseValues())}");
        Console.WriteLine("Output PredictedLabel: [N, 1], the number of the best of them, counted from 1");
        Console.WriteLine($"The network: {onnxPath}");
    }
}
