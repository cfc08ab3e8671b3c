namespace MLNet.BatchNorm.Fuzzing;

/// <summary>Reads again what the fuzzer found worth keeping.</summary>
public class CorpusTests
{
    private static readonly string Corpus = Path.Combine(Repository.Root, "tests", "Fuzzing", "Corpus");

    public static TheoryData<string> Names => [.. Targets.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_FilesOfTheCorpus_EndAsDocumented(string target)
    {
        var files = Directory.GetFiles(Path.Combine(Corpus, target));

        files.Should().NotBeEmpty();
        foreach (var file in files)
            Targets.All[target].Invoking(check => check(File.ReadAllBytes(file))).Should().NotThrow(file);
    }

    [Fact]
    public void Corpus_Folders_AreThoseOfTheTargets() =>
        Directory.GetDirectories(Corpus).Select(Path.GetFileName).Should().BeEquivalentTo(Targets.All.Keys);
}
