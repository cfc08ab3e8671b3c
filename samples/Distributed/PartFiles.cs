using System.Globalization;
using Microsoft.ML;

namespace Distributed;

/// <summary>The data: CSV files in one folder that all processes see.</summary>
internal static class PartFiles
{
    /// <summary>The files of one of several readers: every file is read by just one.</summary>
    public static IDataView Open(MLContext ml, string folder, int reader, int readers)
    {
        string[] all = [.. Directory.GetFiles(folder, "part-*.csv").Order(StringComparer.Ordinal)];
        if (all.Length < readers)
            throw new UserError($"'{folder}' has {all.Length} files part-*.csv for {readers} readers. Make more with make-data --parts.");
        string[] own = [.. all.Where((_, i) => i % readers == reader)];
        return ml.Data.CreateTextLoader<Row>(separatorChar: ',').Load(own);
    }

    /// <summary>Makes data to try the program on: numbers in units far apart, and a class that follows from them, not linearly.</summary>
    public static void Make(string folder, int parts, int rows)
    {
        Directory.CreateDirectory(folder);
        for (var part = 0; part < parts; part++)
        {
            var random = new Random(part);
            var lines = Enumerable.Range(0, rows).Select(_ => Line(random));
            File.WriteAllLines(Path.Combine(folder, $"part-{part:000}.csv"), lines);
        }
    }

    private static string Line(Random random)
    {
        double[] values = [.. Enumerable.Range(0, Row.Features).Select(_ => 2 * random.NextDouble() - 1)];
        var radius = values[0] * values[0] + values[1] * values[1] + values[2] * values[3];
        var label = radius < 0.4 ? 0 : values[4] * values[5] < 0 ? 1 : 2;
        var inUnits = values.Select((value, i) => (float)((1 + value) * Math.Pow(10, i - 4)));
        return $"{label}," + string.Join(',', inUnits.Select(value => value.ToString(CultureInfo.InvariantCulture)));
    }
}
