using Microsoft.ML.Data;

namespace WebServing;

/// <summary>
/// A picture that was sent, in a temporary file: the saved pipeline begins with LoadImages, which reads files.
/// </summary>
internal sealed class Upload : IDisposable
{
    public const int LargestSize = 10 * 1024 * 1024;

    private Upload(string path) => Path = path;

    public string Path { get; }

    /// <summary>Takes the body of a request.</summary>
    /// <exception cref="BadHttpRequestException">It is no picture that ML.NET can decode; the message is for the sender.</exception>
    public static async Task<Upload> Read(Stream body, CancellationToken cancellation)
    {
        using var received = new MemoryStream();
        await body.CopyToAsync(received, cancellation);
        var content = received.ToArray();
        RequirePicture(content);
        var upload = new Upload(System.IO.Path.GetTempFileName());
        await File.WriteAllBytesAsync(upload.Path, content, cancellation);
        return upload;
    }

    public void Dispose() => File.Delete(Path);

    private static void RequirePicture(byte[] content)
    {
        if (content.Length == 0)
            throw new BadHttpRequestException("The request is empty. Send the bytes of a picture as its body.");
        try
        {
            using var picture = MLImage.CreateFromStream(new MemoryStream(content));
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            throw new BadHttpRequestException(
                $"The {content.Length} bytes that were sent are no picture. Send a PNG, JPEG, BMP, GIF or WebP file.", failure);
        }
    }
}
