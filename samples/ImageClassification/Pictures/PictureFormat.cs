namespace ImageClassification.Pictures;

/// <summary>What the network sees of a picture.</summary>
/// <param name="Size">Side of the square that it is scaled to, in pixels.</param>
/// <param name="IsGray">One channel; otherwise three: red, green and blue.</param>
/// <param name="White">The value of a pixel that becomes 1; 0 stays 0.</param>
internal sealed record PictureFormat(int Size, bool IsGray, float White)
{
    public static PictureFormat Digits { get; } = new(Size: 8, IsGray: true, White: 240);

    public static PictureFormat Gray { get; } = new(Size: 32, IsGray: true, White: 255);

    public static PictureFormat Color { get; } = new(Size: 32, IsGray: false, White: 255);
}
