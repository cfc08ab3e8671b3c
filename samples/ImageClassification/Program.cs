using System.CommandLine;
using ImageClassification;
using ImageClassification.Commands;

var parsed = CommandLine.Create().Parse(args);
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

static int Fail(string message)
{
    Console.Error.WriteLine(message.ReplaceLineEndings(" "));
    return 2;
}
