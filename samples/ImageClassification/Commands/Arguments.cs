using System.CommandLine;
using System.CommandLine.Parsing;

namespace ImageClassification.Commands;

/// <summary>What several commands take.</summary>
internal static class Arguments
{
    public static Argument<string> Model() => new("model.zip") { Description = "A model that this program saved" };

    public static Option<string?> Report(string description) => new("--report") { Description = description, HelpName = "report.html" };

    public static Option<string?> ReportBesideModel() => Report("Where the report is written. Default: <model>.report.html");

    public static Option<string> Output() => new("--out")
    {
        Description = "Where the model is saved",
        DefaultValueFactory = _ => "model.zip",
        HelpName = "model.zip",
    };

    public static Option<bool> SkipUnreadable() => new("--skip-unreadable")
    {
        Description = "Leave out pictures that cannot be read, and name them; otherwise they are an error",
    };

    public static Option<int> Number(string name, string description, int smallest, int largest, int fallback)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => fallback, HelpName = "number" };
        option.Validators.Add(InRange(smallest, largest));
        return option;
    }

    public static Action<OptionResult> InRange(int smallest, int largest) => result =>
    {
        // What is no number at all has its own message.
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && (value < smallest || value > largest))
            result.AddError($"{result.Option.Name} must be {smallest} to {largest}, not {value}.");
    };

    public static Action<OptionResult> OneOf(IEnumerable<string> values) => result =>
    {
        if (result.Tokens is [var token] && !values.Contains(token.Value))
            result.AddError($"{result.Option.Name} must be one of {string.Join(", ", values)}, not '{token.Value}'.");
    };
}
