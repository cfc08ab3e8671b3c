namespace ImageClassification.Report;

/// <summary>
/// Between which shares the true one lies, with 95 % confidence, if so many of so many were found: the score interval (Wilson, 1927,
/// Journal of the American Statistical Association 22, 209-212), which holds for few pictures and for shares near 1 too.
/// </summary>
internal readonly record struct WilsonInterval(double Low, double High)
{
    // 97.5 % of a standard normal distribution lie below.
    private const double Z = 1.959963984540054;

    public static WilsonInterval Of(double found, double all)
    {
        var share = found / all;
        var scale = 1 + Z * Z / all;
        var center = (share + Z * Z / (2 * all)) / scale;
        var half = Z / scale * Math.Sqrt(share * (1 - share) / all + Z * Z / (4 * all * all));
        return new WilsonInterval(Math.Max(0, center - half), Math.Min(1, center + half));
    }

    /// <summary>"97.2 to 99.6 %".</summary>
    public override string ToString() => $"{100 * Low:F1} to {High:P1}";
}
