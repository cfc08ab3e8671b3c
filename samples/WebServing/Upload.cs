using ImageClassification.Pictures;
using Microsoft.ML.Data;
using SkiaSharp;

namespace WebServing;

/// <summary>
/// A picture that was sent, in a temporary file: the saved pipeline begins with LoadImages, which reads files.
/// </summary>
internal sealed class Upload : IDisposable
{
    public const int LargestSize = 10 * 1024 * 1024;

    // Decoded, a pixel takes four bytes, however few were sent: 127 bytes can declare 65,535 x 65,535 pixels, which keep a processor busy
    // for a minute.
    private const long LargestPixelCount = 50_000_000;

    private Upload()
    {
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"web-serving-{Guid.NewGuid():N}");

    /// <summary>Takes the body of a request.</summary>
    /// <exception cref="BadHttpRequestException">It is no picture that ML.NET can decode; the message is for the sender.</exception>
    public static async Task<Upload> Read(Stream body, CancellationToken cancellation)
    {
        using var received = new MemoryStream();
        await body.CopyToAsync(received, cancellation);
        var content = received.ToArray();
        RequirePicture(content);
        var upload = new Upload();
        try
        {
            await File.WriteAllBytesAsync(upload.Path, content, cancellation);
            return upload;
        }
        catch
        {
            upload.Dispose();
            throw;
        }
    }

    public void Dispose() => File.Delete(Path);

    private static void RequirePicture(byte[] content)
    {
        if (content.Length == 0)
            throw new BadHttpRequestException("The request is empty. Send the bytes of a picture as its body.");
        // The head first, then the pixels.
        using var head = SKCodec.Create(new MemoryStream(content)) ?? throw NoPicture(content);
        if ((long)head.Info.Width * head.Info.Height > LargestPixelCount)
            throw new BadHttpRequestException(
                $"The picture has {head.Info.Width} x {head.Info.Height} pixels; at most {LargestPixelCount / 1_000_000} million are read. "
                + "Scale it down.");
        if (PictureEnd.IsMissing(content))
            throw new BadHttpRequestException(
                $"The picture was cut off after {content.Length} bytes: its end is missing. Send the whole file.");
        try
        {
            using var picture = MLImage.CreateFromStream(new MemoryStream(content));
        }
        catch (ArgumentException)
        {
            throw NoPicture(content);
        }
    }

    private static BadHttpRequestException NoPicture(byte[] content) => new(
        $"The {content.Length} bytes that were sent are no picture. "
        + "Send a PNG, JPEG, BMP, GIF or WebP file as the body, not as part of a form.");
}
