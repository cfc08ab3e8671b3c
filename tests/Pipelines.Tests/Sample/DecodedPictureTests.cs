using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.BatchNorm.Pipelines.Tests.Sample;

/// <summary>
/// What ML.NET's decoder makes of each kind of picture: the table of docs/guide/images.md. Pictures/make_pictures.py made the files; all
/// but those in gray show red, green, blue and white in their four quarters.
/// </summary>
public sealed class DecodedPictureTests : IDisposable
{
    private const float LossOfJpeg = 2;

    private static readonly int[] Colors = [200, 0, 0, 0, 160, 0, 0, 0, 120, 240, 240, 240];
    private static readonly int[] Levels = [0, 0, 0, 80, 80, 80, 160, 160, 160, 240, 240, 240];
    private static readonly int[] OnBlack = [200, 0, 0, 0, 80, 0, 0, 0, 30, 0, 0, 0];
    private static readonly int[] UpperHalf = [200, 0, 0, 0, 160, 0, 0, 0, 0, 0, 0, 0];
    private static readonly int[] LowerHalf = [0, 0, 0, 0, 0, 0, 0, 0, 120, 240, 240, 240];
    private static readonly int[] Black = new int[12];
    private static readonly int[] OnItsSide = [0, 160, 0, 240, 240, 240, 200, 0, 0, 0, 0, 120];

    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public static TheoryData<string, int[], float> Formats => new()
    {
        { "color.png", Colors, 0 },
        { "palette.png", Colors, 0 },
        { "gray.png", Levels, 0 },
        { "gray-16-bit.png", Levels, 0 },
        { "alpha.png", OnBlack, 0 },
        { "color.bmp", Colors, 0 },
        { "palette.gif", Colors, 0 },
        { "color.webp", Colors, 0 },
        { "color.jpg", Colors, LossOfJpeg },
        { "gray.jpg", Levels, LossOfJpeg },
        { "progressive.jpg", Colors, LossOfJpeg },
        { "cmyk.jpg", Colors, LossOfJpeg },
        { "exif-rotated.jpg", OnItsSide, LossOfJpeg },
    };

    public static TheoryData<string, int, int[]> CutOffPictures => new()
    {
        { "color.png", 98, Colors },   // only a piece of the closing chunk is missing
        { "color.png", 70, UpperHalf },
        { "color.png", 50, Black },
        { "color.jpg", 98, UpperHalf },
        { "color.jpg", 90, Black },
        { "color.bmp", 50, LowerHalf },   // stored from the bottom up
        { "palette.gif", 98, Black },
    };

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Pixels_OfAFormat_AreRgbWithoutAlphaOrRotation(string name, int[] quarters, float tolerance)
    {
        var pixels = Decode(PathOf(name));

        for (var i = 0; i < pixels.Length; i++)
            pixels[i].Should().BeApproximately(quarters[i], tolerance, $"{name}, value {i}");
    }

    [Theory]
    [MemberData(nameof(CutOffPictures))]
    public void Pixels_OfAPictureThatIsCutOffWithinThem_AreBlackWhereTheyAreMissing(string name, int percent, int[] quarters)
    {
        CutOff(name, percent);

        var pixels = Decode(path);

        for (var i = 0; i < pixels.Length; i++)
            pixels[i].Should().BeApproximately(quarters[i], LossOfJpeg, $"{percent} % of {name}, value {i}");
    }

    [Theory]
    [InlineData("color.png", 25)]
    [InlineData("color.jpg", 50)]
    [InlineData("progressive.jpg", 99)]
    [InlineData("palette.gif", 25)]
    [InlineData("color.webp", 98)]
    [InlineData("color.tiff", 100)]
    [InlineData("color.png", 0)]
    public void Decode_WhatIsNoPictureOrNoMoreThanItsHead_Throws(string name, int percent)
    {
        CutOff(name, percent);

        var failure = Record.Exception(() => Decode(path));

        failure.GetBaseException().Should().BeOfType<ArgumentException>().Which.Message.Should().StartWith("Invalid input stream contents");
    }

    [Theory]
    [InlineData("color.png")]
    [InlineData("color.jpg")]
    [InlineData("color.bmp")]
    [InlineData("palette.gif")]
    [InlineData("color.webp")]
    public void Decode_WithAnyByteDamaged_GivesAPictureOrTheSameError(string name)
    {
        var content = File.ReadAllBytes(PathOf(name));
        for (var at = 0; at < content.Length; at += 7)
        {
            var damaged = (byte[])content.Clone();
            damaged[at] ^= 1;
            File.WriteAllBytes(path, damaged);

            var failure = Record.Exception(() => Decode(path));

            (failure?.GetBaseException() is null or ArgumentException).Should().BeTrue($"{name}, byte {at}: {failure}");
        }
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Pictures", name);

    private void CutOff(string name, int percent)
    {
        var content = File.ReadAllBytes(PathOf(name));
        File.WriteAllBytes(path, content[..(content.Length * percent / 100)]);
    }

    // One pixel of each quarter, red, green and blue by turns.
    private static float[] Decode(string path)
    {
        var ml = new MLContext();
        var data = ml.Data.LoadFromEnumerable([new { ImagePath = path }]);
        var pipeline = ml.Transforms.LoadImages("Image", imageFolder: null, inputColumnName: "ImagePath")
            .Append(ml.Transforms.ResizeImages("Image", imageWidth: 2, imageHeight: 2, resizing: ImageResizingEstimator.ResizingKind.Fill))
            .Append(ml.Transforms.ExtractPixels("Features", "Image", interleavePixelColors: true));
        return pipeline.Fit(data).Transform(data).GetColumn<float[]>("Features").Single();
    }
}
