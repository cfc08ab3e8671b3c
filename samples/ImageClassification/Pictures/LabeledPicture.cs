using Microsoft.ML.Data;

namespace ImageClassification.Pictures;

/// <summary>What goes into the pipeline: a picture file, and the class it belongs to.</summary>
internal sealed class LabeledPicture
{
    public string ImagePath { get; init; } = "";

    // For a prediction it stays empty; it must be there all the same, because the saved pipeline still begins with MapValueToKey.
    public string Label { get; init; } = "";

    /// <summary>The picture itself if it has no file of its own; the path then only says where it is from.</summary>
    [NoColumn]
    public GrayPixels? Pixels { get; init; }
}

/// <summary>What comes out of it.</summary>
internal sealed class PicturePrediction
{
    public string PredictedLabel { get; set; } = "";

    /// <summary>The probability of each class.</summary>
    public float[] Score { get; set; } = [];
}
