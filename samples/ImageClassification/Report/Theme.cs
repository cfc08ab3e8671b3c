namespace ImageClassification.Report;

/// <summary>The look of a report: colours that follow the reader's choice of light or dark.</summary>
internal static class Theme
{
    public const string Css = """
        :root {
          color-scheme: light dark;
          --page: #ffffff; --card: #f5f6f8; --ink: #1a1f26; --muted: #59636f; --line: #d9dde3;
          --s1: #0072b2; --s2: #d55e00;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #16181d; --card: #20242a; --ink: #e8ebef; --muted: #a2acb8; --line: #363d47;
            --s1: #56b4e9; --s2: #ff8c42;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; max-width: 1240px; padding: 32px 20px 64px;
          background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
        }
        h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; }
        h2 { font-size: 20px; margin: 44px 0 8px; }
        p { margin: 0 0 12px; max-width: 72ch; }
        .muted { color: var(--muted); }
        .small { font-size: 14px; margin: 8px 0 0; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; }
        .cards div { background: var(--card); border-radius: 8px; padding: 12px 16px; }
        .cards dt { color: var(--muted); font-size: 14px; }
        .cards dd { margin: 0; font-size: 24px; font-variant-numeric: tabular-nums; }
        .cards small { display: block; font-size: 14px; line-height: 1.4; color: var(--muted); white-space: nowrap; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 16px; }
        summary { cursor: pointer; margin: 8px 0; }
        .row { display: flex; flex-wrap: wrap; gap: 24px 32px; align-items: flex-start; }
        .scroll { overflow-x: auto; max-width: 100%; }
        table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; }
        th, td {
          padding: 5px 18px 5px 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); white-space: nowrap;
        }
        thead th { font-weight: 600; color: var(--muted); font-size: 14px; }
        tbody th { font-weight: inherit; }
        td.wide { white-space: normal; overflow-wrap: anywhere; }
        td.interval { color: var(--muted); }
        th.number, td.number { text-align: right; }
        td.inner { padding-left: 24px; color: var(--muted); }
        .mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 16px; }
        .pair { display: flex; gap: 10px; } .pair > * { flex: 1; min-width: 0; }
        figure { margin: 0; background: var(--card); border-radius: 8px; padding: 14px; font-size: 14px; }
        figure img {
          display: block; width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated;
          margin-bottom: 10px; border: 1px solid var(--line);
        }
        figure .name { color: var(--muted); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; display: block; }
        figure table { font-size: 13px; width: 100%; margin: 6px 0; }
        figure th, figure td { padding: 1px 8px 1px 0; border: 0; }
        figure thead th { font-size: 12px; }
        figure td svg { display: inline-block; }
        figure td:first-child { max-width: 76px; overflow: hidden; text-overflow: ellipsis; }
        svg { max-width: 100%; height: auto; display: block; }
        svg.chart { width: 100%; max-width: 520px; }
        svg.plain text { font-family: system-ui, sans-serif; fill: var(--muted); }
        svg.plain text.value { fill: var(--ink); font-variant-numeric: tabular-nums; }
        .axis { stroke: var(--muted); stroke-width: 1; }
        .fill1 { fill: var(--s1); } .fill2 { fill: var(--s2); } .empty { fill: var(--card); }
        """;
}
