using System.Globalization;
using MLNet.BatchNorm.Benchmarks.Measuring;

namespace MLNet.BatchNorm.Benchmarks.Comparing;

/// <summary>
/// A comparison as a line of a Markdown table. Figures, ratios and shares are medians over the rounds, beside them those of the best
/// repeats of all rounds. The peer and configuration that ours is the least ahead of counts.
/// </summary>
internal sealed class ComparisonRow(Comparison comparison, IReadOnlyList<Round> rounds)
{
    public const string Head =
        """
        | work | unit | ours | best peer | ratio | ratio of best repeats | share of the limit | peer and configuration |
        |---|---|---|---|---|---|---|---|
        """;

    private readonly Measurement[] ours = [.. rounds.Select(round => round.Figures.Single(comparison.IsOurs))];

    public override string ToString()
    {
        var peers = Peers().ToArray();
        string[] cells =
        [
            comparison.Name,
            ours[0].Unit,
            Number(ours.Select(figure => figure.Value).Median()),
            .. peers.MinBy(peer => peer.Ratios.Median()) is { } toughest
                ?
                [
                    Number(toughest.Figures.Select(figure => figure.Value).Median()),
                    Number(toughest.Ratios.Median()),
                    Number(ours[0].Ratio(Best(ours), Best(peers.SelectMany(peer => peer.Figures)))),
                    Share,
                    toughest.Name,
                ]
                : (string[])["not measured", "", "", Share, ""],
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private string Share
    {
        get
        {
            if (ours[0].Work is not { } work)
                return "";
            var (medians, best) = (ShareOf(figure => figure.Value), ShareOf(figure => figure.Best));
            return string.Create(
                CultureInfo.InvariantCulture, $"{medians.Median():F2}, {best.Max():F2} of {MachineLimits.NameOf(work.Limit)}");
        }
    }

    // The limit of the same round: memory that other machines share is not the same an hour later.
    private IEnumerable<double> ShareOf(Func<Measurement, double> value) =>
        ours.Zip(rounds, (figure, round) => figure.Share(value(figure), round.Limits)!.Value);

    private IEnumerable<Peer> Peers() =>
        from round in ours.Zip(rounds, (own, round) => (Own: own, Theirs: round.Figures.Where(comparison.IsPeers)))
        from figure in round.Theirs
        let name = $"{figure.Peer} {figure.Workload} {figure.Config}"
        group (Figure: figure, Ratio: figure.Ratio(round.Own.Value, figure.Value)) by name into peer
        select new Peer(peer.Key, [.. peer.Select(measured => measured.Figure)], [.. peer.Select(measured => measured.Ratio)]);

    private static double Best(IEnumerable<Measurement> figures) =>
        figures.Aggregate((best, figure) => figure.Ratio(figure.Best, best.Best) > 1 ? figure : best).Best;

    private static string Number(double value) => value.ToString(value >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture);

    private sealed record Peer(string Name, Measurement[] Figures, double[] Ratios);
}
