using System.Globalization;
using MLNet.BatchNorm.Tests;

namespace MLNet.BatchNorm.InstructionCounts;

/// <summary>A number of instructions: of one kernel, with vectors of so many lanes, compiled by one version of the runtime.</summary>
internal sealed record KernelCount(int Lanes, string Runtime, string Kernel, long Instructions)
{
    public override string ToString() => $"{Lanes} lanes, {Kernel}: {Instructions} instructions";
}

/// <summary>The recorded counts, one line each.</summary>
internal static class CountFile
{
    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "tests", "InstructionCounts", "counts.csv");

    public static IReadOnlyList<KernelCount> Read() => [.. File.ReadLines(Path).Select(line => line.Split(',')).Select(
        fields => new KernelCount(
            int.Parse(fields[0], CultureInfo.InvariantCulture), fields[1], fields[2],
            long.Parse(fields[3], CultureInfo.InvariantCulture)))];

    /// <summary>Those of other numbers of lanes stay as they are.</summary>
    public static void Record(IReadOnlyList<KernelCount> counts)
    {
        var others = File.Exists(Path) ? Read().Where(old => counts.All(count => count.Lanes != old.Lanes)) : [];
        File.WriteAllLines(Path, counts.Concat(others).OrderByDescending(count => count.Lanes)
            .Select(count => string.Create(
                CultureInfo.InvariantCulture, $"{count.Lanes},{count.Runtime},{count.Kernel},{count.Instructions}")));
    }
}
