namespace ImageClassification.Charts;

/// <summary>The look of a <see cref="LineChart"/>, which it takes along, so that it can be a file of its own.</summary>
internal static class ChartStyle
{
    // Okabe and Ito's colours, which the colour-blind can tell apart; lighter where the ground is dark. The text stays over 11 px where the
    // chart is as narrow as a telephone.
    public const string Css = """
        .chart { font: 15px system-ui, sans-serif; max-width: 100%; height: auto }
        .chart .ground { fill: #fff } .chart text { fill: #222 } .chart .title { font-weight: 600 } .chart .grid { stroke: #ddd }
        .chart .c0 { --c: #0072b2 } .chart .c1 { --c: #d55e00 } .chart .c2 { --c: #009e73 }
        .chart .c3 { --c: #b0558c } .chart .c4 { --c: #b47d00 } .chart .c5 { --c: #555 }
        .chart .line { fill: none; stroke: var(--c); stroke-width: 2 } .chart .dashed { stroke-dasharray: 6 4 }
        .chart .bar { stroke: var(--c) } .chart .dot { fill: var(--c) }
        .chart .mark { stroke: #555; stroke-width: 1.5; stroke-dasharray: 2 3 }
        .chart .hint { fill: transparent } .chart .hint:hover { fill: #8884 }
        @media (prefers-color-scheme: dark) {
          .chart .ground { fill: #16181d } .chart text { fill: #e6e6e6 } .chart .grid { stroke: #3a3d44 }
          .chart .c0 { --c: #56b4e9 } .chart .c1 { --c: #ff8c42 } .chart .c2 { --c: #2fd3a5 }
          .chart .c3 { --c: #e69fce } .chart .c4 { --c: #f0c04a } .chart .c5 { --c: #bbb } .chart .mark { stroke: #bbb }
        }
        """;
}
