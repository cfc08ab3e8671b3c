using System.Globalization;
using Microsoft.ML.Data;

namespace ImageClassification.Report;

/// <summary>How well the test pictures were predicted, in words and numbers.</summary>
internal static class ConsoleReport
{
    private const int LongestName = 12;

    public static void Print(MulticlassClassificationMetrics metrics, string[] classes)
    {
        Console.WriteLine($"  micro-accuracy  {metrics.MicroAccuracy:F3}   share of the pictures predicted right");
        Console.WriteLine($"  macro-accuracy  {metrics.MacroAccuracy:F3}   the same for each class, averaged");
        Console.WriteLine($"  log-loss        {metrics.LogLoss:F3}   mean of -ln(probability of the true class)");
        Console.WriteLine();
        Console.WriteLine("Confusion matrix: each row is a true class, each column a predicted one.");
        PrintConfusion(metrics.ConfusionMatrix, [.. classes.Select(name => name.Length > LongestName ? name[..LongestName] : name)]);
    }

    /// <summary>The figures for a program to read.</summary>
    public static string LastLine(MulticlassClassificationMetrics metrics, string path) => string.Create(
        CultureInfo.InvariantCulture,
        $"micro-accuracy={metrics.MicroAccuracy:F3} macro-accuracy={metrics.MacroAccuracy:F3} log-loss={metrics.LogLoss:F3} model={path}");

    private static void PrintConfusion(ConfusionMatrix confusion, string[] classes)
    {
        var counts = confusion.Counts.Select(row => row.Select(count => count == 0 ? "." : $"{count}")).ToArray();
        var nameWidth = Math.Max("precision".Length, classes.Max(name => name.Length));
        var width = Math.Max("0.00".Length, classes.Max(name => name.Length)) + 2;
        PrintRow("", classes, "recall");
        for (var actual = 0; actual < classes.Length; actual++)
            PrintRow(classes[actual], counts[actual], $"{confusion.PerClassRecall[actual]:F2}");
        PrintRow("precision", confusion.PerClassPrecision.Select(precision => $"{precision:F2}"), "");

        void PrintRow(string name, IEnumerable<string> cells, string last) =>
            Console.WriteLine($"  {name.PadRight(nameWidth)} {string.Concat(cells.Select(cell => cell.PadLeft(width)))}  {last}".TrimEnd());
    }
}
