using System.IO.Enumeration;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>What becomes of data: it is taken, or refused with an exception that says why.</summary>
/// <param name="Exception">The exact type; null: it is taken.</param>
/// <param name="Message">What the message must say, as wildcards.</param>
/// <param name="IsPromised">Whether the schema alone tells, so that GetOutputSchema refuses it too.</param>
internal sealed record Outcome(Type? Exception, string Message, bool IsPromised)
{
    public static Outcome Works { get; } = new(null, "", IsPromised: false);

    /// <summary>A column is missing or of another type.</summary>
    public static Outcome Mismatch(string message) => new(typeof(ArgumentOutOfRangeException), message, IsPromised: true);

    /// <summary>A column is of another size, which a promised schema does not tell.</summary>
    public static Outcome Size(string message) => new(typeof(ArgumentOutOfRangeException), message, IsPromised: false);

    /// <summary>A row cannot be used, or there is none.</summary>
    public static Outcome Rows(string message) => new(typeof(InvalidOperationException), message, IsPromised: false);

    /// <summary>The data does not fit the options, or those not each other.</summary>
    public static Outcome Options(string message) => new(typeof(ArgumentException), message, IsPromised: false);

    /// <summary>Training found no way.</summary>
    public static Outcome Diverges(string message) => new(typeof(TrainingDivergedException), message, IsPromised: false);

    /// <summary>The source of the data failed, which comes through as it was.</summary>
    public static Outcome Source(string message) => new(typeof(InvalidDataException), message, IsPromised: false);

    /// <summary>What <paramref name="use"/> has in fact for an outcome, and whether it is this one.</summary>
    public (bool IsThis, string Found) Compare(Action use)
    {
        try
        {
            use();
            return (Exception is null, "works");
        }
        catch (Exception found)
        {
            var isThis = found.GetType() == Exception && Matches(found.Message);
            return (isThis, $"{found.GetType().Name}: {found.Message}");
        }
    }

    private bool Matches(string message) => FileSystemName.MatchesSimpleExpression(Message, message, ignoreCase: false);

    public override string ToString() => Exception is null ? "works" : $"{Exception.Name}: {Message}";
}
