using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm;

/// <summary>What a <see cref="BatchNormalizationTransformer"/> learned about one column. Immutable.</summary>
/// <example>
/// <code>
/// var transformer = ml.Transforms.BatchNormalization("Features").Fit(data);
/// BatchNormalizationColumn column = transformer.Columns[0];
/// Console.WriteLine($"{column.Channels} channels of {column.Count} values");   // 4 channels of 120 values
/// Console.WriteLine($"mean {column.Mean[3]:F0}, variance {column.Variance[3]:F0}");   // mean 100, variance 6667
/// </code>
/// </example>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class BatchNormalizationColumn : INotebookView
{
    private const int LargestShown = 8;

    internal BatchNormalizationColumn(
        InputOutputColumnPair names, ChannelMap map, NormalizationRules rules, ColumnStatistics statistics,
        GammaBeta gammaBeta, ImmutableArray<string> channelNames)
    {
        InputColumnName = names.InputColumnName;
        OutputColumnName = names.OutputColumnName;
        Map = map;
        Rules = rules;
        Statistics = statistics;
        GammaBeta = gammaBeta;
        ChannelNames = channelNames;

        var center = new double[Channels];
        var scale = new double[Channels];
        var missing = new double[Channels];
        for (var c = 0; c < Channels; c++)
        {
            center[c] = rules.FixZero ? 0 : Mean[c];
            var square = rules.FixZero ? Variance[c] + Mean[c] * Mean[c] : Variance[c];
            // A channel that never varied says nothing about the scale of values not seen yet.
            scale[c] = Variance[c] == 0 ? 0 : Gamma[c] / rules.DeviationOf(square);
            missing[c] = (Mean[c] - center[c]) * scale[c] + Beta[c];
        }

        var replaces = rules.MissingValues == MissingValueHandling.ReplaceWithMean;
        Normalization = new ColumnNormalization(map, center, scale, [.. Beta.Select(b => (double)b)], replaces ? missing : null);
    }

    /// <summary>Name of the column that is normalized.</summary>
    public string InputColumnName { get; }

    /// <summary>Name of the column that the result goes to.</summary>
    public string OutputColumnName { get; }

    /// <summary>Which values of a row share their statistics.</summary>
    public ChannelLayout Layout => Map.Layout;

    /// <summary>
    /// Number of channels: the length of <see cref="Mean"/>, <see cref="Variance"/>, <see cref="Gamma"/>, <see cref="Beta"/> and the
    /// counts.
    /// </summary>
    public int Channels => Map.Channels;

    /// <summary>Values per row.</summary>
    public int Slots => Map.Slots;

    /// <summary>
    /// Number of values of each channel, missing ones included: rows, times the pixels of an image. Rows of weight 0 do not count.
    /// </summary>
    public long Count => Statistics.Count;

    /// <summary>Number of missing values of each channel, which its statistics leave out.</summary>
    public ImmutableArray<long> MissingCount => Statistics.Missing;

    /// <summary>Sum of the weights behind each channel's statistics; without weights the number of its values.</summary>
    public ImmutableArray<double> Weight => Statistics.Weight;

    /// <summary>Keeps the square root away from 0, as <see cref="IsEpsilonRelative"/> says.</summary>
    public float Epsilon => Rules.Epsilon;

    /// <summary>
    /// Whether values are divided by sqrt(variance * (1 + epsilon)), as of exact statistics; else, as of a moving average, by
    /// sqrt(variance + epsilon). Exact statistics that an earlier version saved have the second rule until more data is merged with them.
    /// </summary>
    public bool IsEpsilonRelative => Rules.IsEpsilonRelative;

    /// <summary>Mean of each channel; 0 where all values are missing.</summary>
    public ImmutableArray<double> Mean => Statistics.Mean;

    /// <summary>
    /// Variance of each channel, as <see cref="VarianceEstimate"/> says; 0 where it does not vary or all values are missing.
    /// </summary>
    public ImmutableArray<double> Variance => Statistics.Variance;

    /// <summary>Whether <see cref="Variance"/> is biased or unbiased.</summary>
    public VarianceEstimate VarianceEstimate => Rules.Variance;

    /// <summary>What happens to missing values.</summary>
    public MissingValueHandling MissingValues => Rules.MissingValues;

    /// <summary>Whether zeros stay zero: neither mean nor beta is used.</summary>
    public bool FixZero => Rules.FixZero;

    /// <summary>Factor of each channel; 1 unless given or learned.</summary>
    public ImmutableArray<float> Gamma => GammaBeta.Gamma;

    /// <summary>
    /// Offset of each channel; 0 unless given or learned. Also the output of a channel that did not vary when it was fitted.
    /// </summary>
    public ImmutableArray<float> Beta => GammaBeta.Beta;

    /// <summary>
    /// Name of each channel: the slot names of the data it was fitted on, with <see cref="ChannelLayout.PerSlot"/>; else empty.
    /// </summary>
    public ImmutableArray<string> ChannelNames { get; }

    internal ChannelMap Map { get; }

    internal NormalizationRules Rules { get; }

    internal ColumnStatistics Statistics { get; }

    internal GammaBeta GammaBeta { get; }

    internal ColumnNormalization Normalization { get; }

    private string Summary =>
        $"{InputColumnName} -> {OutputColumnName}: {Channels} channels ({Layout}), {Count} values each, epsilon {Epsilon}";

    private IEnumerable<int> ShownChannels => Enumerable.Range(0, Math.Min(LargestShown, Channels));

    /// <summary>The column's names and statistics, the first eight channels in full.</summary>
    /// <returns>Up to ten lines.</returns>
    public override string ToString()
    {
        var more = Channels > LargestShown ? new[] { $"  and {Channels - LargestShown} more" } : [];
        return string.Join(Environment.NewLine, [Summary, .. ShownChannels.Select(Describe), .. more]);
    }

    string INotebookView.ToHtml() => HtmlTable.Of(
        Channels > LargestShown ? $"{Summary}; the first {LargestShown}" : Summary,
        ["channel", "mean", "variance", "gamma", "beta", "missing"],
        ShownChannels.Select(channel => (string[])
        [
            ChannelNames.IsEmpty ? $"{channel}" : $"{channel} {ChannelNames[channel]}", Shown(Mean[channel]), Shown(Variance[channel]),
            Shown(Gamma[channel]), Shown(Beta[channel]), $"{MissingCount[channel]}",
        ]));

    /// <summary>Checks that the data still has the column as it was fitted, and finds it.</summary>
    /// <param name="schema">Schema of the data.</param>
    /// <param name="parameter">The argument that the schema came from, for errors.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, of another type or of another size.</exception>
    internal DataViewSchema.Column FindIn(DataViewSchema schema, string parameter)
    {
        var column = new ColumnReference("input", InputColumnName, parameter).Find(schema);
        var found = ChannelMap.Of(column, ChannelLayout.PerSlot, imageShape: null);
        return found.Slots == Slots
            ? column.Column
            : throw column.Mismatch($"{Slots} values, as in the data it was fitted on");
    }

    /// <summary>The same column with other statistics, which came about by these rules.</summary>
    internal BatchNormalizationColumn With(ColumnStatistics statistics, NormalizationRules rules) =>
        new(new InputOutputColumnPair(OutputColumnName, InputColumnName), Map, rules, statistics, GammaBeta, ChannelNames);

    /// <summary>The same column with other gamma and beta.</summary>
    internal BatchNormalizationColumn With(GammaBeta gammaBeta, bool isLearned) => new(
        new InputOutputColumnPair(OutputColumnName, InputColumnName), Map, Rules with { IsGammaBetaLearned = isLearned }, Statistics,
        gammaBeta, ChannelNames);

    private static string Shown(double number) => number.ToString("g6", CultureInfo.InvariantCulture);

    private string Describe(int channel)
    {
        var name = ChannelNames.IsEmpty ? "" : $" '{ChannelNames[channel]}'";
        var missing = MissingCount[channel] == 0 ? "" : $", {MissingCount[channel]} missing";
        return $"  channel {channel}{name}: mean {Shown(Mean[channel])}, variance {Shown(Variance[channel])}, "
            + $"gamma {Shown(Gamma[channel])}, beta {Shown(Beta[channel])}{missing}";
    }
}
