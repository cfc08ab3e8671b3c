using System.Net;

namespace ImageClassification.Study;

/// <summary>Writes what the study found: one page to look at, and tables and pictures for other documents.</summary>
internal static class StudyReport
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
        body { color: #222; background: #fff }
        table { border-collapse: collapse; margin: 1rem 0; font-size: .85rem; font-variant-numeric: tabular-nums }
        th, td { border-bottom: 1px solid #ccc; padding: .25rem .7rem; text-align: right; white-space: nowrap }
        th:first-child, td:first-child { text-align: left }
        svg { width: 100%; max-width: 790px; height: auto; display: block }
        @media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #16181d } th, td { border-color: #444 } }
        """;

    /// <summary>Writes report.html, tables.md and one SVG file for each picture.</summary>
    public static void Write(string folder, string title, IReadOnlyList<Section> sections)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "report.html"), Html(title, sections));
        File.WriteAllText(Path.Combine(folder, "tables.md"), string.Join('\n', sections.Select(Markdown)));
        foreach (var picture in sections.SelectMany(section => section.Pictures))
            File.WriteAllText(Path.Combine(folder, $"{picture.Name}.svg"), picture.Chart.ToSvg());
    }

    private static string Markdown(Section section) => $"## {section.Title}\n\n{section.Text}\n\n{section.Table.ToMarkdown()}";

    private static string Html(string title, IReadOnlyList<Section> sections) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
        <title>{WebUtility.HtmlEncode(title)}</title>
        <style>
        {Style}
        </style></head>
        <body>
        <h1>{WebUtility.HtmlEncode(title)}</h1>
        {string.Concat(sections.Select(Html))}</body>
        </html>

        """;

    private static string Html(Section section) =>
        $"<h2>{WebUtility.HtmlEncode(section.Title)}</h2>\n<p>{WebUtility.HtmlEncode(section.Text)}</p>\n"
        + string.Concat(section.Pictures.Select(picture => picture.Chart.ToSvg())) + section.Table.ToHtml();
}
