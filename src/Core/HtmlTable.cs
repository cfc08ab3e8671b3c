using System.Text;
using static System.Net.WebUtility;

namespace MLNet.BatchNorm.Core;

/// <summary>A table of text as HTML, whose first column names the rows.</summary>
internal static class HtmlTable
{
    public static string Of(string caption, IEnumerable<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        var html = new StringBuilder($"<table><caption>{HtmlEncode(caption)}</caption><thead><tr>");
        foreach (var cell in header)
            html.Append($"<th scope=\"col\">{HtmlEncode(cell)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append($"<tr><th scope=\"row\">{HtmlEncode(row[0])}</th>");
            foreach (var cell in row.Skip(1))
                html.Append($"<td>{HtmlEncode(cell)}</td>");
            html.Append("</tr>");
        }

        return html.Append("</tbody></table>").ToString();
    }
}
