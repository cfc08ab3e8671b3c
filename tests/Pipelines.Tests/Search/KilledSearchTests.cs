using MLNet.BatchNorm.Pipelines.Tests.Training;

namespace MLNet.BatchNorm.Pipelines.Tests.Search;

/// <summary>A search in another process that is killed again and again ends as if it had never been.</summary>
public sealed class KilledSearchTests : IDisposable
{
    private const int KillsOfASearch = 6;   // each lets it come further, and it has nine trials

    private readonly string folder = Directory.CreateTempSubdirectory("killed-search-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Kill_AtAnyTime_EndsInTheSameTableAndModel()
    {
        var undisturbed = Path.Combine(folder, "undisturbed");
        Search(undisturbed);
        var random = new Random(2);

        for (var kills = 0; kills < Math.Max(KillsOfASearch, KilledProcess.Kills - KillsOfASearch); kills += KillsOfASearch)
        {
            var killed = Path.Combine(folder, $"killed-{kills}");
            for (var kill = 1; kill <= KillsOfASearch; kill++)
                Search(killed, killAfter: random.Next(1, 4), then: TimeSpan.FromMilliseconds(40 * random.NextDouble()));
            Search(killed);

            TableOf(killed).Should().Equal(TableOf(undisturbed));
            foreach (var model in Directory.GetFiles(undisturbed, "*.zip"))
                PayloadOf(Path.Combine(killed, Path.GetFileName(model))).Should().Equal(PayloadOf(model));
            Directory.GetFiles(killed).Select(Path.GetFileName).Should().BeEquivalentTo(
                Directory.GetFiles(undisturbed).Select(Path.GetFileName));
        }
    }

    private static byte[] PayloadOf(string zip) => ModelZip.PayloadOf(File.ReadAllBytes(zip), "NNPR");

    /// <summary>The trials without the seconds that they took.</summary>
    private static IEnumerable<string> TableOf(string search)
    {
        var lines = File.ReadAllLines(Path.Combine(search, "trials.csv")).Select(line => line.Split(',')).ToArray();
        var seconds = lines[0].IndexOf("seconds");
        return lines.Select(cells => string.Join(',', cells.Where((_, column) => column != seconds)));
    }

    /// <summary>Searches to the end; or kills when a number of trials more than before, and some time, have passed.</summary>
    private static void Search(string path, int? killAfter = null, TimeSpan then = default)
    {
        var before = Directory.Exists(path) ? Directory.GetFiles(path, "*.zip").Length : 0;
        using var process = KilledProcess.Start(["search", path]);
        var errors = process.StandardError.ReadToEndAsync();
        for (var done = 0; done < before + killAfter && process.StandardOutput.ReadLine() is not null; done++)
        {
        }

        if (killAfter is not null)
        {
            Thread.Sleep(then);
            process.Kill();
        }

        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        errors.Result.Should().BeEmpty();
        if (killAfter is null)
            process.ExitCode.Should().Be(0);
    }
}
