using Microsoft.ML;
using Microsoft.ML.Data;

namespace WebServing;

/// <summary>What the saved pipeline takes. It still begins with MapValueToKey, so a label must be there, though nobody reads it.</summary>
internal sealed class Picture
{
    public string ImagePath { get; init; } = "";

    public string Label { get; init; } = "";
}

/// <summary>What it gives.</summary>
internal sealed class PicturePrediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

/// <summary>The answer of POST /predict.</summary>
/// <param name="Label">The most probable class.</param>
/// <param name="Classes">All of them, the most probable first.</param>
internal sealed record Answer(string Label, IReadOnlyList<ClassProbability> Classes);

internal sealed record ClassProbability(string Label, float Probability);

/// <summary>Predicts with the pooled engines. Any number of requests may do so at once.</summary>
internal sealed class Classifier(ModelEngines engines)
{
    public Answer Predict(string path) => engines.Use(engine =>
    {
        var prediction = engine.Predict(new Picture { ImagePath = path });
        var classes = LabelsOf(engine).Zip(prediction.Score, (label, probability) => new ClassProbability(label, probability));
        return new Answer(prediction.PredictedLabel, [.. classes.OrderByDescending(c => c.Probability)]);
    });

    // The trainer names the slots of its scores after the classes.
    private static IEnumerable<string> LabelsOf(PredictionEngine<Picture, PicturePrediction> engine)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        engine.OutputSchema[nameof(PicturePrediction.Score)].GetSlotNames(ref names);
        return names.DenseValues().Select(name => name.ToString());
    }
}
