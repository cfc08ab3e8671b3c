using System.Diagnostics;

namespace ImageClassification;

/// <summary>A file that the program writes, with errors that name it and the option or argument for it.</summary>
internal sealed record OutputFile(string Kind, string Option)
{
    public static OutputFile Model { get; } = new("model", "--out");

    public static OutputFile Onnx { get; } = new("network", "<file.onnx>");

    public static OutputFile Report { get; } = new("report", "--report");

    /// <summary>Where the report of a model goes unless somebody says otherwise: a.report.html for a.zip.</summary>
    public static string ReportBeside(string modelPath) => Path.ChangeExtension(modelPath, ".report.html");

    /// <summary>
    /// Finds out before the training, not after it, that the file could not be written, and removes what a killed run left half-written.
    /// </summary>
    public void RequireWritable(string path) => WithTemporary(path, _ => DeleteUnfinished(path));

    public void Write(string path, string content) => Write(path, temporary => File.WriteAllText(temporary, content));

    /// <summary>Writes a file. One that is there already is replaced only once the new one is complete.</summary>
    public void Write(string path, Action<string> write) => WithTemporary(path, temporary =>
    {
        write(temporary);
        File.Move(temporary, path, overwrite: true);
    });

    private void WithTemporary(string path, Action<string> write)
    {
        try
        {
            if (Path.GetFileName(path) == "" || Directory.Exists(path))
                throw new IOException("That is not the name of a file.");
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var temporary = $"{path}.{Environment.ProcessId}.tmp";
            try
            {
                File.Create(temporary).Dispose();
                write(temporary);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"Cannot write the {Kind} '{path}': choose another file with {Option}. The cause: {failure.Message}");
        }
    }

    // Two runs may write beside each other, so only the files of processes that are gone.
    private static void DeleteUnfinished(string path)
    {
        var start = Path.GetFullPath(path) + ".";
        const string end = ".tmp";
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(start)!, "*" + end))
            if (file.StartsWith(start, StringComparison.Ordinal)
                && int.TryParse(file.AsSpan(start.Length, Math.Max(0, file.Length - start.Length - end.Length)), out var process)
                && !IsRunning(process))
                File.Delete(file);
    }

    private static bool IsRunning(int process)
    {
        try
        {
            Process.GetProcessById(process).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
