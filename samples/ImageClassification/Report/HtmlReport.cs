using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>One file that shows what was trained, how, and how well it predicts: no script, nothing to load.</summary>
internal static class HtmlReport
{
    public static string Of(Evaluation evaluation)
    {
        var metrics = evaluation.Metrics;
        var tested = evaluation.Pictures.Count;
        var wrong = evaluation.Pictures.Count(picture => picture.Prediction.PredictedLabel != picture.Picture.Label);
        return HtmlPage.Of(
            $"Image classification: {metrics.MicroAccuracy:P1} right",
            $"""
            <h1>Image classification</h1>
            <p class="muted">A network{(evaluation.Network.BatchNormLayers is [] ? "" : " with batch normalization")}, tested
            on {tested} pictures that it never saw in training.</p>
            <dl class="cards">
            {Card("micro-accuracy", $"{metrics.MicroAccuracy:P1}", $"{WilsonInterval.Of(tested - wrong, tested)}")}
            {Card("macro-accuracy", $"{metrics.MacroAccuracy:P1}")}
            {Card("log-loss", $"{metrics.LogLoss:F3}")}
            {Card("mistakes", $"{wrong} of {tested}")}
            {Card("classes", $"{evaluation.Classes.Length}")}
            {Card("parameters", $"{evaluation.Network.ParameterCount:N0}")}
            </dl>
            <p class="muted small">Below the micro-accuracy and beside precision and recall: the interval in which the share among all such
            pictures lies with 95 % confidence (Wilson's interval).</p>
            """,
            $"""
            {TrainingTable.Section(evaluation)}
            {LearningCurves.Section(evaluation.Network)}
            {Section("Confusion matrix", "Each row is a true class, each column a predicted one. Right is blue, wrong is orange.", $"""
            <div class="row">
            {Scroll("Confusion matrix", ConfusionChart.Of(metrics.ConfusionMatrix.Counts, evaluation.Classes))}
            {ClassTable.Of(metrics.ConfusionMatrix, evaluation.Classes)}
            </div>
            """)}
            {ClassTable.PairSection(metrics.ConfusionMatrix, evaluation.Classes)}
            {Mistakes.Section(evaluation)}
            {NetworkTables.LayerSection(evaluation)}
            {NetworkTables.BatchNormSection(evaluation.Network)}
            """,
            hasPictures: true);
    }

    public static string Section(string title, string explanation, string content) => $"""
        <section>
        <h2>{Escape(title)}</h2>
        <p class="muted">{Escape(explanation)}</p>
        {content}
        </section>
        """;

    /// <summary>What may be wider than the page; the keyboard can scroll it too.</summary>
    public static string Scroll(string name, string content) => $"""
        <div class="scroll" role="region" tabindex="0" aria-label="{Escape(name)}">
        {content}
        </div>
        """;

    private static string Card(string name, string value, string interval = "") =>
        $"<div><dt>{Escape(name)}</dt><dd>{Escape(value)}{(interval == "" ? "" : $" <small>{Escape(interval)}</small>")}</dd></div>";
}
