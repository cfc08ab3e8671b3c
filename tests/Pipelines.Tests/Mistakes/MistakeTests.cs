namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>What users get wrong: each message says what, what was expected, what was found, and what to do.</summary>
public class MistakeTests
{
    private static readonly Dictionary<string, Mistake> All = new(
        [.. ColumnMistakes.All, .. OptionMistakes.All, .. NetworkMistakes.All, .. ModelMistakes.All, .. NormalizationMistakes.All]);

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_SaysWhatExpectedFoundAndRemedy(string name)
    {
        var mistake = All[name];
        var message = mistake.Make.Should().Throw<Exception>().Which.Message;
        foreach (var part in new[] { mistake.What, mistake.Expected, mistake.Found, mistake.Remedy })
            message.Should().Contain(part);
    }
}
