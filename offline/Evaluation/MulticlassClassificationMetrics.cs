// Stands for MulticlassClassificationMetrics and ConfusionMatrix of Microsoft.ML.Data. Left out: nothing that is public.

using System.Text;

namespace Microsoft.ML.Data;

public sealed class MulticlassClassificationMetrics
{
    internal MulticlassClassificationMetrics() { }

    /// <summary>The mean of −ln(probability of the true class).</summary>
    public double LogLoss { get; internal init; }

    /// <summary>(H − LogLoss) / H with H the entropy of the labels: the log-loss of giving each class its share of the rows.</summary>
    public double LogLossReduction { get; internal init; }

    /// <summary>The mean over the classes of the share of their rows that is predicted correctly.</summary>
    public double MacroAccuracy { get; internal init; }

    /// <summary>The share of the rows that is predicted correctly.</summary>
    public double MicroAccuracy { get; internal init; }

    /// <summary>The last of <see cref="TopKAccuracyForAllK"/>; 0 when <see cref="TopKPredictionCount"/> is.</summary>
    public double TopKAccuracy { get; internal init; }
    public int TopKPredictionCount { get; internal init; }

    /// <summary>For K = 1, 2, ...: the share of the rows whose true class is among the K largest scores.</summary>
    public IReadOnlyList<double> TopKAccuracyForAllK { get; internal init; }
    public IReadOnlyList<double> PerClassLogLoss { get; internal init; }
    public ConfusionMatrix ConfusionMatrix { get; internal init; }
}

/// <summary>How often each class was predicted as each: true classes in rows, predicted ones in columns.</summary>
public sealed class ConfusionMatrix
{
    private readonly double[][] counts;
    private readonly string[] names;

    internal ConfusionMatrix(double[][] counts, string[] names)
    {
        this.counts = counts;
        this.names = names;
        var classes = Enumerable.Range(0, counts.Length);
        PerClassPrecision = classes.Select(c => Share(counts[c][c], counts.Sum(row => row[c]))).ToArray();
        PerClassRecall = classes.Select(c => Share(counts[c][c], counts[c].Sum())).ToArray();
    }

    public IReadOnlyList<IReadOnlyList<double>> Counts => counts;
    public int NumberOfClasses => counts.Length;

    /// <summary>Of the rows predicted as a class, the share that is of it; 0 for a class that is never predicted.</summary>
    public IReadOnlyList<double> PerClassPrecision { get; }

    /// <summary>Of the rows of a class, the share that is predicted as it; 0 for a class without rows.</summary>
    public IReadOnlyList<double> PerClassRecall { get; }

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex) =>
        counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];

    /// <summary>The counts as text, with recall at the end of each row and precision at the foot of each column.</summary>
    public string GetFormattedConfusionTable()
    {
        const string Recall = "Recall";
        var cells = counts.Select(row => row.Select(count => count.ToString("N0", CultureInfo.InvariantCulture)).ToArray()).ToArray();
        var width = names.Concat(cells.SelectMany(row => row)).Append("0.0000").Max(text => text.Length);
        var left = names.Append("PREDICTED").Max(name => name.Length);
        var rule = $"{new string(' ', left)} ||{new string('=', (width + 3) * names.Length + Recall.Length + 1)}";

        var table = new StringBuilder().AppendLine().AppendLine("Confusion table").AppendLine(rule);
        AppendRow("PREDICTED", names, Recall);
        table.AppendLine("TRUTH".PadRight(left) + rule[left..]);
        for (var row = 0; row < names.Length; row++)
            AppendRow(names[row].PadLeft(left), cells[row], Fraction(PerClassRecall[row]));
        table.AppendLine(rule);
        AppendRow("Precision", PerClassPrecision.Select(Fraction), "");
        return table.ToString();

        void AppendRow(string title, IEnumerable<string> values, string last) => table.AppendLine(
            $"{title.PadRight(left)} ||{string.Concat(values.Select(value => $" {value.PadLeft(width)} |"))} {last}".TrimEnd());
    }

    private static string Fraction(double share) => share.ToString("0.0000", CultureInfo.InvariantCulture);
    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
