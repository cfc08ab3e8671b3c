using Microsoft.ML;

namespace ImageClassification;

/// <summary>Saves and loads models, with errors that name the file.</summary>
internal static class ModelFile
{
    public static void Save(MLContext ml, ITransformer model, DataViewSchema inputSchema, string path) =>
        OutputFile.Model.Write(path, temporary => ml.Model.Save(model, inputSchema, temporary));

    /// <summary>Loads a model. Nothing needs to be registered for it: the file names the classes of MLNet.BatchNorm.</summary>
    public static ITransformer Load(MLContext ml, string path)
    {
        if (Directory.Exists(path))
            throw new UserError($"The argument <model.zip> is a folder, '{path}'. Name the file that the training printed.");
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
}
