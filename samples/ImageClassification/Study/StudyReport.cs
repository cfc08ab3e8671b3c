using System.Net;
using ImageClassification.Report;

namespace ImageClassification.Study;

/// <summary>Writes what the study found: one page to look at, and tables and pictures for other documents.</summary>
internal static class StudyReport
{
    private const string Style = """
        * { box-sizing: border-box }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 1240px; margin: 0 auto; padding: 32px 20px 64px }
        body { color: #222; background: #fff }
        h1 { font-size: 28px; line-height: 1.2 } h2 { font-size: 20px; margin: 44px 0 8px } p { max-width: 72ch }
        table { border-collapse: collapse; margin: 1rem 0; font-size: 14px; font-variant-numeric: tabular-nums }
        th, td { border-bottom: 1px solid #ccc; padding: .25rem .7rem; text-align: right; white-space: nowrap }
        th:first-child { text-align: left; padding-left: 0 } tbody th { font-weight: inherit }
        .wide { text-align: left; white-space: normal; overflow-wrap: anywhere }
        .scroll { overflow-x: auto }
        .row { display: flex; flex-wrap: wrap; gap: 8px 40px; align-items: flex-start } .row > * { max-width: 100% }
        svg.chart { width: 480px }
        @media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #16181d } th, td { border-color: #444 } }
        """;

    /// <summary>Writes report.html, tables.md and one SVG file for each picture.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="title">Of the page.</param>
    /// <param name="sections">One for each experiment.</param>
    /// <param name="facts">How it was measured.</param>
    public static void Write(
        string folder, string title, IReadOnlyList<Section> sections, IReadOnlyList<(string Name, string Value)> facts)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "report.html"), Html(title, sections, facts));
        File.WriteAllText(Path.Combine(folder, "tables.md"), string.Join('\n', sections.Select(Markdown)));
        foreach (var picture in sections.SelectMany(section => section.Pictures))
            File.WriteAllText(Path.Combine(folder, $"{picture.Name}.svg"), picture.Chart.ToSvg());
    }

    private static string Markdown(Section section) => $"## {section.Title}\n\n{section.Text}\n\n{section.Table.ToMarkdown()}";

    private static string Html(
        string title, IReadOnlyList<Section> sections, IReadOnlyList<(string Name, string Value)> facts) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
        <title>{WebUtility.HtmlEncode(title)}</title>
        <style>
        {Style}
        </style></head>
        <body>
        <main>
        <h1>{WebUtility.HtmlEncode(title)}</h1>
        {string.Concat(sections.Select(Html))}<section>
        <h2>How it was measured</h2>
        {FactTable.Of("How it was measured", facts)}
        </section>
        </main>
        </body>
        </html>

        """;

    private static string Html(Section section) => $"""
        <section>
        <h2>{WebUtility.HtmlEncode(section.Title)}</h2>
        <p>{WebUtility.HtmlEncode(section.Text)}</p>
        <div class="row">
        {string.Concat(section.Pictures.Select(picture => picture.Chart.ToSvg()))}{HtmlReport.Scroll(section.Title, section.Table.ToHtml())}
        </div>
        </section>

        """;
}
