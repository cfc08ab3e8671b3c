using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace ImageClassification.Pictures;

/// <summary>Pictures as rows with the columns ImagePath, Label and Image, wherever they are.</summary>
internal static class PictureRows
{
    public static IDataView Of(MLContext ml, IReadOnlyList<LabeledPicture> pictures)
    {
        if (pictures.Any(picture => picture.Pixels is not null))
            return ml.Data.LoadFromEnumerable(Decode(pictures));
        var files = ml.Data.LoadFromEnumerable(pictures);
        return ImagePipeline.Load(ml).Fit(files).Transform(files);
    }

    // Anew for every pass over the rows: an image serves once, as ML.NET disposes what it has resized.
    private static IEnumerable<Row> Decode(IEnumerable<LabeledPicture> pictures)
    {
        foreach (var picture in pictures)
        {
            using var row = new Row(picture);
            yield return row;
        }
    }

    private sealed class Row(LabeledPicture picture) : IDisposable
    {
        private MLImage? image;

        public string ImagePath => picture.ImagePath;

        public string Label => picture.Label;

        [ImageOfAnySize]
        public MLImage Image => image ??= picture.Pixels!.ToImage();

        public void Dispose() => image?.Dispose();
    }

    // ML.NET's own attribute wants to know the size.
    [AttributeUsage(AttributeTargets.Property)]
    private sealed class ImageOfAnySizeAttribute : DataViewTypeAttribute
    {
        public override void Register() => DataViewTypeManager.Register(new ImageDataViewType(), typeof(MLImage), this);

        public override bool Equals(DataViewTypeAttribute? other) => other is ImageOfAnySizeAttribute;

        public override int GetHashCode() => 0;
    }
}
