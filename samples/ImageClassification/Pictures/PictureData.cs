namespace ImageClassification.Pictures;

/// <summary>Pictures to learn from, and others, never seen in training, to test on.</summary>
internal sealed record PictureData(IReadOnlyList<LabeledPicture> Training, IReadOnlyList<LabeledPicture> Test, PictureFormat Format)
{
    public int ClassCount => Training.Select(picture => picture.Label).Distinct().Count();
}
