using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>One file that shows what was trained and how well it predicts: no script, nothing to load.</summary>
internal static class HtmlReport
{
    public static string Of(Evaluation evaluation)
    {
        var metrics = evaluation.Metrics;
        var wrong = evaluation.Pictures.Count(picture => picture.Prediction.PredictedLabel != picture.Picture.Label);
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>Image classification: {metrics.MicroAccuracy:P1} right</title>
            <style>
            {Theme.Css}
            </style>
            </head>
            <body>
            <header>
            <h1>Image classification</h1>
            <p class="muted">A network{(evaluation.Network.BatchNormLayers is [] ? "" : " with batch normalization")}, tested
            on {evaluation.Pictures.Count} pictures that it never saw in training.</p>
            <dl class="cards">
            {Card("micro-accuracy", $"{metrics.MicroAccuracy:P1}")}
            {Card("macro-accuracy", $"{metrics.MacroAccuracy:P1}")}
            {Card("log-loss", $"{metrics.LogLoss:F3}")}
            {Card("mistakes", $"{wrong} of {evaluation.Pictures.Count}")}
            {Card("classes", $"{evaluation.Classes.Length}")}
            {Card("learned numbers", $"{evaluation.Network.ParameterCount:N0}")}
            </dl>
            </header>
            <main>
            {LearningCurves.Section(evaluation.Network.History)}
            {Section("Confusion matrix", "Each row is a true class, each column a predicted one. Right is blue, wrong is orange.", $"""
            <div class="row">
            <div class="scroll">{ConfusionChart.Of(metrics.ConfusionMatrix.Counts, evaluation.Classes)}</div>
            {ClassTable.Of(metrics.ConfusionMatrix, evaluation.Classes)}
            </div>
            """)}
            {Mistakes.Section(evaluation)}
            {NetworkTables.LayerSection(evaluation)}
            {NetworkTables.BatchNormSection(evaluation.Network)}
            </main>
            </body>
            </html>

            """;
    }

    public static string Section(string title, string explanation, string content) => $"""
        <section>
        <h2>{Escape(title)}</h2>
        <p class="muted">{Escape(explanation)}</p>
        {content}
        </section>
        """;

    private static string Card(string name, string value) => $"<div><dt>{Escape(name)}</dt><dd>{Escape(value)}</dd></div>";
}
