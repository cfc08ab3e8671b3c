using System.IO.Compression;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Accuracy;

/// <summary>A handwritten digit of the sample: 8x8 gray pixels from 0 to 1.</summary>
internal sealed class DigitRow
{
    private const float Brightest = 240;   // as the sample's make_digits.py writes them

    [KeyType(10)]
    public uint Label { get; set; }

    [VectorType(64)]
    public float[] Features { get; set; } = [];

    /// <summary>Reads "&lt;digit&gt;/&lt;part&gt;-&lt;row&gt;.png" in the order of the rows.</summary>
    public static DigitRow[] Read(string zip, string part)
    {
        using var archive = ZipFile.OpenRead(zip);
        return
        [
            .. archive.Entries.Where(entry => entry.Name.StartsWith(part, StringComparison.Ordinal))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .Select(entry => new DigitRow { Label = (uint)(entry.FullName[0] - '0'), Features = Pixels(entry) }),
        ];
    }

    private static float[] Pixels(ZipArchiveEntry entry)
    {
        using var file = new MemoryStream();
        using (var stream = entry.Open())
            stream.CopyTo(file);
        file.Position = 0;
        using var picture = MLImage.CreateFromStream(file);
        var bytesPerPixel = picture.BitsPerPixel / 8;
        return [.. picture.Pixels.ToArray().Where((_, i) => i % bytesPerPixel == 0).Select(value => value / Brightest)];
    }
}
