using static ImageClassification.Report.Svg;

namespace ImageClassification.Report;

/// <summary>The frame of a report: one file with all that it needs, which runs nothing and loads nothing.</summary>
internal static class HtmlPage
{
    /// <param name="title">Of the window.</param>
    /// <param name="header">HTML above the sections.</param>
    /// <param name="main">HTML of the sections.</param>
    /// <param name="hasPictures">Whether pictures are in the page, as data.</param>
    public static string Of(string title, string header, string main, bool hasPictures)
    {
        var pictures = hasPictures ? "img-src data:; " : "";
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; {pictures}style-src 'unsafe-inline'">
            <title>{Escape(title)}</title>
            <style>
            {Theme.Css}
            </style>
            </head>
            <body>
            <header>
            {header}
            </header>
            <main>
            {main}
            </main>
            </body>
            </html>

            """;
    }
}
