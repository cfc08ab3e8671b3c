// Stands for ImageDataViewType and ImageTypeAttribute of Microsoft.ML.ImageAnalytics. Left out: nothing that is public.

namespace Microsoft.ML.Transforms.Image;

/// <summary>The type of columns of pictures, of one size or, without height and width, of any.</summary>
public sealed class ImageDataViewType : StructuredDataViewType
{
    public readonly int Height;
    public readonly int Width;

    public ImageDataViewType() : base(typeof(MLImage)) { }

    public ImageDataViewType(int height, int width) : base(typeof(MLImage))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Height = height;
        Width = width;
    }

    internal bool IsKnownSize => Height > 0;
    public override bool Equals(DataViewType other) => other is ImageDataViewType image && image.Height == Height && image.Width == Width;
    public override int GetHashCode() => HashCode.Combine(Height, Width);
    public override string ToString() => IsKnownSize ? $"Image<{Height}, {Width}>" : "Image";
}

/// <summary>The member is a picture.</summary>
public sealed class ImageTypeAttribute : DataViewTypeAttribute
{
    private readonly ImageDataViewType type;

    public ImageTypeAttribute() => type = new ImageDataViewType();
    public ImageTypeAttribute(int height, int width) => type = new ImageDataViewType(height, width);
    public override bool Equals(DataViewTypeAttribute other) => other is ImageTypeAttribute image && image.type.Equals(type);
    public override int GetHashCode() => type.GetHashCode();
    public override void Register() => DataViewTypeManager.Register(type, typeof(MLImage), this);
}
