using System.CommandLine;

namespace ImageClassification.Commands;

internal static class ExportCommand
{
    public static Command Create()
    {
        var model = Arguments.Model();
        var onnx = new Argument<string>("file.onnx") { Description = "Where the network is written" };
        var command = new Command("export", "Loads a saved model and writes its network as an ONNX file.") { model, onnx };
        command.SetAction(arguments => Export.Run(arguments.GetRequiredValue(model), arguments.GetRequiredValue(onnx)));
        return command;
    }
}
