using System.CommandLine;
using ImageClassification.Study;

namespace ImageClassification.Commands;

/// <summary>The commands of the program, and how a program with such commands runs.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = TrainCommand.Create();
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
            return Fail($"{first.Message} Run with --help for the usage.");
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        // The messages of the other two name the file or folder, too.
        catch (Exception error) when (error is UserError or IOException or UnauthorizedAccessException)
        {
            return Fail(error.Message);
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message.ReplaceLineEndings(" "));
        return 2;
    }
}
