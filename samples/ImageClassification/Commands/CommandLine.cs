using System.CommandLine;
using ImageClassification.Study;

namespace ImageClassification.Commands;

/// <summary>The commands of the program.</summary>
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
}
