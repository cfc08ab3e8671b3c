using System.CommandLine;
using System.CommandLine.Parsing;
using ImageClassification.Study;

namespace ImageClassification.Commands;

/// <summary>The commands of the program, and how a program with such commands runs.</summary>
internal static class CommandLine
{
    /// <summary>The exit code of a training that Ctrl-C has stopped: that of a shell.</summary>
    public const int Interrupted = 130;

    private const int Failed = 2;

    public static RootCommand Create()
    {
        var root = TrainCommand.Create();
        root.Subcommands.Add(SearchCommand.Create());
        root.Subcommands.Add(EvaluateCommand.Create());
        root.Subcommands.Add(PredictCommand.Create());
        root.Subcommands.Add(ExportCommand.Create());
        root.Subcommands.Add(StudyRun.Command());
        return root;
    }

    /// <summary>Runs what the arguments ask for. What the user can put right is one line on stderr.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors is [var first, ..])
            return Fail($"{MissingArgument(parsed.CommandResult) ?? first.Message} Run with --help for the usage.", Failed);
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        // The messages of the other two name the file or folder, too.
        catch (Exception error) when (error is UserError or IOException or UnauthorizedAccessException)
        {
            return Fail(error.Message, Failed);
        }
        catch (OperationCanceledException)
        {
            return Fail("Stopped before there was a model: nothing is saved.", Interrupted);
        }
    }

    // The parser says that one is missing, but not which.
    private static string? MissingArgument(CommandResult result) =>
        result.Command.Arguments
            .Where(argument => argument.Arity.MinimumNumberOfValues > 0 && !argument.HasDefaultValue)
            .FirstOrDefault(argument => result.GetResult(argument) is not { Tokens.Count: > 0 }) is { } missing
                ? $"The argument <{missing.Name}> of '{result.Command.Name}' is missing: {missing.Description}."
                : null;

    private static int Fail(string message, int exitCode)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return exitCode;
    }
}
