using Microsoft.ML;

namespace ImageClassification;

/// <summary>Saves and loads models, with errors that name the file.</summary>
internal static class ModelFile
{
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "model.zip");

    /// <summary>Finds out before the training, not after it, that the model could not be saved.</summary>
    public static void RequireWritable(string path) => Write(path, _ => { });

    /// <summary>Saves a model. A file that is there already is replaced only once the new one is complete.</summary>
    public static void Save(MLContext ml, ITransformer model, DataViewSchema inputSchema, string path) => Write(path, temporary =>
    {
        ml.Model.Save(model, inputSchema, temporary);
        File.Move(temporary, path, overwrite: true);
    });

    /// <summary>Loads a model. Nothing needs to be registered for it: the file names the classes of MLNet.BatchNorm.</summary>
    public static ITransformer Load(MLContext ml, string path)
    {
        if (!File.Exists(path))
            throw new UserError($"There is no model '{path}'. Train one, or name the file that the training printed.");
        // Whatever is wrong with a file, ML.NET throws some other exception for it.
        try
        {
            return ml.Model.Load(path, out _);
        }
        catch (Exception failure)
        {
            throw new UserError($"Cannot load the model '{path}': train and save it again. The cause: {CauseOf(failure).Message}");
        }
    }

    // ML.NET wraps what happened into exceptions that say no more than "Error during class instantiation". What is wrong with the content
    // of the file is one of these two; MLNet.BatchNorm's own ModelFormatException is a FormatException.
    private static Exception CauseOf(Exception failure)
    {
        var cause = failure;
        for (var inner = failure; inner is not null; inner = inner.InnerException)
            if (inner is FormatException or InvalidDataException)
                cause = inner;
        return cause;
    }

    private static void Write(string path, Action<string> write)
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
            throw new UserError($"Cannot write the model '{path}': choose another file with --out. The cause: {failure.Message}");
        }
    }
}
