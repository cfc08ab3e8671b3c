using System.Security.Cryptography;
using System.Text;
using ImageClassification.Pictures;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;

namespace TransferLearning;

/// <summary>What a ResNet-18, trained on the 1.2 million pictures of ImageNet, makes of a picture: 512 numbers.</summary>
internal static class PretrainedFeatures
{
    private const int Side = 224;

    private static readonly string Cache = Path.Combine(Path.GetTempPath(), "TransferLearning");

    /// <summary>From a picture file to the column Features.</summary>
    public static ITransformer Transformer(MLContext ml, IDataView pictures) =>
        ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: nameof(LabeledPicture.ImagePath))
            .Append(ml.Transforms.ResizeImages("Image", Side, Side, resizing: ImageResizingEstimator.ResizingKind.Fill))
            .Append(ml.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(ml.Transforms.DnnFeaturizeImage(
                "Features", model => model.ModelSelector.ResNet18(ml, model.OutputColumn, model.InputColumn), "Pixels"))
            .Fit(pictures);

    /// <summary>
    /// The pictures with their features, which take a third of a second each: computed once, then read from a file until a picture changes.
    /// </summary>
    public static IDataView Of(MLContext ml, ITransformer transformer, IReadOnlyList<LabeledPicture> pictures)
    {
        var path = Path.Combine(Cache, $"{KeyOf(pictures)}.idv");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Cache);
            var temporary = $"{path}.{Environment.ProcessId}.tmp";
            var all = transformer.Transform(ml.Data.LoadFromEnumerable(pictures));
            var wanted = ml.Transforms.SelectColumns(nameof(LabeledPicture.ImagePath), nameof(LabeledPicture.Label), "Features").Fit(all);
            using var content = new MemoryStream();   // an interrupted run leaves no file behind
            ml.Data.SaveAsBinary(wanted.Transform(all), content);
            File.WriteAllBytes(temporary, content.ToArray());
            File.Move(temporary, path, overwrite: true);
        }

        return ml.Data.LoadFromBinary(path);
    }

    private static string KeyOf(IReadOnlyList<LabeledPicture> pictures)
    {
        var text = new StringBuilder();
        foreach (var picture in pictures)
        {
            var file = new FileInfo(picture.ImagePath);
            text.AppendLine($"{picture.Label}|{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}");
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
