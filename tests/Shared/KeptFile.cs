using System.Globalization;
using System.Text;

namespace MLNet.BatchNorm.Tests;

/// <summary>
/// Files of earlier versions that every later one must still read or write alike, in the folder Kept of a test project.
/// To keep a new one on purpose, copy what the failing test names.
/// </summary>
internal static class KeptFile
{
    /// <summary>The kept bytes; where there are none, <paramref name="candidate"/> is written beside the tests for review.</summary>
    public static byte[] Read(string name, byte[] candidate)
    {
        var kept = Path.Combine(AppContext.BaseDirectory, "Kept", name);
        if (File.Exists(kept))
            return File.ReadAllBytes(kept);
        throw new FileNotFoundException($"There is no kept file {name}. What would be kept now is {Offer(name, candidate)}.");
    }

    public static void ShouldEqual(string name, byte[] found)
    {
        var kept = Read(name, found);
        if (!kept.AsSpan().SequenceEqual(found))
            found.Should().Equal(kept, "saved models must stay readable; what was written now is {0}", Offer(name, found));
    }

    public static void ShouldEqual(string name, string[] found)
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(found.Select(line => line + "\n")));
        Encoding.UTF8.GetString(Read(name, content))
            .Should().Be(Encoding.UTF8.GetString(content), "a kept model must go on giving the recorded values");
    }

    /// <summary>Numbers, one per line.</summary>
    public static void ShouldAgree(string name, float[] found, float tolerance)
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(found.Select(number => FormattableString.Invariant($"{number}\n"))));
        var kept = Encoding.UTF8.GetString(Read(name, content)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var expected = kept.Select(number => float.Parse(number, CultureInfo.InvariantCulture));
        found.Should().Equal(expected, (f, e) => Math.Abs(f - e) <= tolerance);
    }

    private static string Offer(string name, byte[] content)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Received", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }
}
