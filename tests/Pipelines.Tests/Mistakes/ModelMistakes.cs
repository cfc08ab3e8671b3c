using Microsoft.ML;
using static MLNet.BatchNorm.Pipelines.Tests.Mistakes.Mistakes;

namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>Models that are asked for what they were not trained for, checkpoints of other trainings, files of another kind.</summary>
internal static class ModelMistakes
{
    public static readonly NeuralNetworkPredictionTransformer Transformer = Toy.Trainer(Options).Fit(Classes);

    public static NeuralNetworkModelParameters Model => Transformer.Model;

    public static Network Network => Model.Network;

    public static readonly Dictionary<string, Mistake> All = new()
    {
        ["more features than in training"] = new(
            () => Transformer.Transform(Rows64), "'Features'", "2 values", "Vector<Single, 64>", "as in the data it was trained on"),
        ["no features to predict of"] = new(
            () => Transformer.Transform(ML.Transforms.DropColumns("Features").Fit(Classes).Transform(Classes)),
            "'Features'", "feature column", "Label, Weight", "There is no"),
        ["a span of another length"] = new(
            () => Model.Predict(new float[3], new float[3]), "features", "Rows of 2 features", "got 3 features", "3 outputs were expected"),
        ["too little room for the predictions"] = new(
            () => Model.Predict(new float[2], new float[1]), "outputs", "3 outputs", "room for 1", "3 outputs were expected"),
        ["a text file as network"] = new(
            () => Load("hello, this is not a network"u8), "network", "letters MLBN", "something else", "See that it is the file"),
        ["an empty file as network"] = new(() => Load([]), "network", "20 bytes of its head", "ends", "before the 20 bytes"),
        ["a model zip as network"] = new(
            () => Load(ModelZip.Save(Transformer, Classes.Schema)), "network", "MLNet.BatchNorm alone", "a zip", "mlContext.Model.Load"),
        ["a checkpoint as network"] = new(
            () => WithCheckpoint(path => Load(File.ReadAllBytes(path))), "network", "not 'NETW'", "kind 'CKPT'", "not 'NETW'"),
        ["a checkpoint in a folder that is missing"] = new(
            () => FitClasses(Classes, options => options with { Checkpoint = new("/no/such/folder/a.ckpt") }),
            "Checkpoint", "cannot write", "/no/such/folder/a.ckpt", "Choose a file in a folder that exists"),
        ["a checkpoint that is missing"] = new(
            () => FitClasses(Classes, options => options with { ResumeFrom = "none.ckpt" }),
            "ResumeFrom", "cannot read", "none.ckpt", "Leave it out"),
        ["a model zip as checkpoint"] = new(
            () => WithCheckpoint(path =>
            {
                File.WriteAllBytes(path, ModelZip.Save(Transformer, Classes.Schema));
                FitClasses(Classes, options => options with { ResumeFrom = path });
            }),
            "ResumeFrom", "checkpoint", "it is a zip", "mlContext.Model.Load"),
        ["a checkpoint of another network"] = new(
            () => Resume(options => options with { Network = net => net.Dense(9) }),
            "Network", "options ask for", "dense1          8", "Resume with the same Network"),
        ["a checkpoint of another batch size"] = new(
            () => Resume(options => options with { BatchSize = 16 }), "BatchSize", "16", "32", "Resume with"),
        ["a checkpoint with too many epochs behind it"] = new(
            () => Resume(options => options with { Epochs = 1 }), "Epochs", "as many or more", "2 epochs behind it", "Set it to"),
        ["retrained for other labels"] = new(
            () => Toy.Trainer(Options).Fit(Keyed("a", "b", "d"), Model), "'Label'", "a, b, c", "a, b, d", "AcceptNewLabels"),
        ["retrained on other features"] = new(
            () => Toy.Trainer(Options).Fit(Rows64, Model), "'Features'", "2 features", "has 64", "train anew"),
        ["frozen without a model"] = new(
            () => FitClasses(Classes, options => options with { FreezeThrough = "dense1" }),
            "FreezeThrough", "a previous model", "there is none", "Give it to Fit"),
    };

    private static void Load(ReadOnlySpan<byte> file) => Network.Load(new MemoryStream(file.ToArray()));

    private static void Resume(Func<NeuralNetworkOptions, NeuralNetworkOptions> change) =>
        WithCheckpoint(path => FitClasses(Classes, options => change(options with { Epochs = 2, ResumeFrom = path })));

    private static void WithCheckpoint(Action<string> use)
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "training.ckpt");
            FitClasses(Classes, options => options with { Epochs = 2, Checkpoint = new(path) });
            use(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
