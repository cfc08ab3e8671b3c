using ImageClassification.Pictures;
using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>The pictures that were predicted wrong, those first of which the network was surest.</summary>
internal static class Mistakes
{
    private const int Most = 24;
    private const int Probabilities = 3;
    private const int LargestFile = 512 * 1024;

    private const string AboutSaliency =
        "Beside each picture its saliency, in the square that the network sees: the brighter a pixel, the further it moves the score of "
        + "the class that the network chose away from the score of the true one.";

    public static string Section(Evaluation evaluation)
    {
        var mistakes = evaluation.Pictures
            .Where(picture => picture.Prediction.PredictedLabel != picture.Picture.Label)
            .OrderByDescending(picture => picture.Prediction.Score.Max())
            .ToArray();
        var shown = mistakes.Take(Most).ToArray();
        var saliencies = Saliency.Of(evaluation, shown);
        var figures = shown.Select((mistake, i) =>
            Figure(mistake.Picture, mistake.Prediction, evaluation.Classes, saliencies.ElementAtOrDefault(i)));
        return HtmlReport.Section(
            "Worst mistakes",
            mistakes.Length == 0
                ? "There are none."
                : $"{shown.Length} of {mistakes.Length} mistakes: those first of which the network was surest, with its probabilities."
                    + (saliencies is [] ? "" : " " + AboutSaliency),
            $"""
            <div class="mistakes">
            {string.Join('\n', figures)}
            </div>
            """);
    }

    private static string Figure(LabeledPicture picture, PicturePrediction prediction, string[] classes, byte[]? saliency) => $"""
        <figure>
        <div class="pair">
        {Image(picture, prediction)}
        {(saliency is null ? "" : ImageOf("png", saliency, $"Saliency of {Path.GetFileName(picture.ImagePath)}"))}
        </div>
        <figcaption>
        <strong>{Escape(picture.Label)}</strong>, taken for <strong>{Escape(prediction.PredictedLabel)}</strong>
        <table>
        <thead><tr><th scope="col">class</th><th scope="col" class="number">probability</th></tr></thead>
        <tbody>{string.Concat(Rows(picture, prediction, classes))}</tbody>
        </table>
        <span class="name" title="{Escape(picture.ImagePath)}">{Escape(Path.GetFileName(picture.ImagePath))}</span>
        </figcaption>
        </figure>
        """;

    // The most probable classes, and the true one wherever it stands.
    private static IEnumerable<string> Rows(LabeledPicture picture, PicturePrediction prediction, string[] classes) =>
        classes.Zip(prediction.Score).OrderByDescending(pair => pair.Second)
            .Where((pair, rank) => rank < Probabilities || pair.First == picture.Label)
            .Select(pair =>
                $"""<tr><td>{Escape(pair.First)}</td><td class="number">{pair.Second:P1} {Bar(pair, picture)}</td></tr>""");

    private static string Bar((string Class, float Probability) pair, LabeledPicture picture) =>
        ClassTable.Bar(pair.Probability, pair.Class == picture.Label ? "fill1" : "fill2");

    private static string Image(LabeledPicture picture, PicturePrediction prediction)
    {
        var description = $"{Path.GetFileName(picture.ImagePath)}: {picture.Label}, taken for {prediction.PredictedLabel}";
        if (picture.Pixels is { } pixels)
            return ImageOf("png", pixels.ToPng(), description);
        var file = new FileInfo(picture.ImagePath);
        if (file.Length > LargestFile)
            return $"""<p class="muted">{file.Length / 1024:N0} KiB: too large to show here.</p>""";
        var type = file.Extension.ToLowerInvariant() switch { ".jpg" => "jpeg", var extension => extension[1..] };
        return ImageOf(type, File.ReadAllBytes(file.FullName), description);
    }

    private static string ImageOf(string type, byte[] content, string description) =>
        $"""<img alt="{Escape(description)}" src="data:image/{type};base64,{Convert.ToBase64String(content)}">""";
}
