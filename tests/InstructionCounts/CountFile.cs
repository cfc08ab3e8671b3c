using System.Globalization;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.InstructionCounts;

/// <summary>A number of instructions: of one kernel, with vectors of so many lanes.</summary>
internal sealed record KernelCount(int Lanes, string Kernel, long Instructions)
{
    public override string ToString() => $"{Lanes} lanes, {Kernel}: {Instructions} instructions";
}

/// <summary>The recorded counts: a line that says which runtime they are of, then one line each.</summary>
internal static class CountFile
{
    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "tests", "InstructionCounts", "counts.csv");

    public static (string Runtime, IReadOnlyList<KernelCount> Counts) Read()
    {
        var lines = File.ReadAllLines(Path);
        return (lines[0], [.. lines.Skip(1).Select(line => line.Split(',')).Select(fields => new KernelCount(
            int.Parse(fields[0], CultureInfo.InvariantCulture), fields[1], long.Parse(fields[2], CultureInfo.InvariantCulture)))]);
    }

    /// <summary>Those of other numbers of lanes stay as they are.</summary>
    public static void Record(string runtime, IReadOnlyList<KernelCount> counts)
    {
        var others = File.Exists(Path) ? Read().Counts.Where(old => counts.All(count => count.Lanes != old.Lanes)) : [];
        File.WriteAllLines(Path, counts.Concat(others).OrderByDescending(count => count.Lanes)
            .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Lanes},{count.Kernel},{count.Instructions}"))
            .Prepend(runtime));
    }
}
