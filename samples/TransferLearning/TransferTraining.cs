using System.Diagnostics;
using ImageClassification;
using ImageClassification.Pictures;
using ImageClassification.Report;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.BatchNorm;
using static Microsoft.ML.Transforms.ValueToKeyMappingEstimator;

namespace TransferLearning;

/// <summary>Trains on the features of pictures, reports how well others are predicted, and saves the model.</summary>
internal static class TransferTraining
{
    private const int FeatureRows = 32;

    public static void Run(IReadOnlyList<LabeledPicture> pictures, int folds, int seed, string modelPath, string reportPath)
    {
        OutputFile.Model.RequireWritable(modelPath);
        OutputFile.Report.RequireWritable(reportPath);
        var rarest = pictures.GroupBy(picture => picture.Label).MinBy(group => group.Count())!;
        if (rarest.Count() < folds)
            throw new UserError(
                $"The class '{rarest.Key}' has {rarest.Count()} pictures, fewer than the {folds} folds. "
                + "Add pictures, or set fewer --folds.");

        var ml = new MLContext(seed);
        var clock = Stopwatch.StartNew();
        var classes = pictures.Select(picture => picture.Label).Distinct().Count();
        Console.WriteLine($"{pictures.Count} pictures of {classes} classes through ResNet-18:");
        var featurizer = PretrainedFeatures.Transformer(ml, ml.Data.LoadFromEnumerable(pictures));
        var rows = ml.Data.Cache(PretrainedFeatures.Of(ml, featurizer, pictures));
        Console.WriteLine(FormattableString.Invariant($"  {clock.Elapsed.TotalSeconds:F1} s. The next time they come from a file."));

        var before = Environment.CpuUsage.TotalTime;
        var evaluation = CrossValidate(ml, rows, folds, seed);
        var model = new TransformerChain<ITransformer>(featurizer, Classifier(ml, seed).Fit(rows));
        Console.WriteLine(FormattableString.Invariant(
            $"Trained {folds + 1} networks in {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F1} s of processor time."));
        ModelFile.Save(ml, model, ml.Data.LoadFromEnumerable(pictures).Schema, modelPath);

        Console.WriteLine();
        Console.WriteLine($"Every picture predicted by a network that was trained on the other {folds - 1} of {folds} parts:");
        ConsoleReport.Print(evaluation.Metrics, evaluation.Classes);
        Console.WriteLine();
        OutputFile.Report.Write(reportPath, HtmlReport.Of(evaluation));
        Console.WriteLine($"The report: {reportPath}");
        Console.WriteLine(ConsoleReport.LastLine(evaluation.Metrics, modelPath));
    }

    // One wide layer: features of a deep network need no further depth, and half of it dropped keeps so few pictures from being memorized.
    private static EstimatorChain<ITransformer> Classifier(MLContext ml, int seed) => new EstimatorChain<ITransformer>()
        .Append(ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: KeyOrdinality.ByValue))
        .Append<ITransformer>(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
        {
            Network = net => net.Dense(256).Relu().Dropout(0.5f),
            Seed = seed,
        }))
        .Append<ITransformer>(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private static Evaluation CrossValidate(MLContext ml, IDataView rows, int folds, int seed)
    {
        var predictions = new List<Prediction>();
        NeuralNetworkModelParameters? network = null;
        foreach (var (training, test) in Folds(ml, rows, folds, seed))
        {
            var model = Classifier(ml, seed).Fit(training);
            network = model.OfType<NeuralNetworkPredictionTransformer>().Single().Model;
            var predicted = model.Transform(test);
            // The label as it was, not its key.
            var labelled = ml.Transforms.Conversion.MapKeyToValue("Label").Fit(predicted).Transform(predicted);
            predictions.AddRange(ml.Data.CreateEnumerable<Prediction>(labelled, reuseRowObject: false));
        }

        var classes = predictions.Select(prediction => prediction.Label).Distinct().Order(StringComparer.Ordinal).ToArray();
        return new Evaluation(
            MetricsOf(ml, predictions, classes), classes,
            [.. predictions.Select(prediction => (
                new LabeledPicture { ImagePath = prediction.ImagePath, Label = prediction.Label },
                new PicturePrediction { PredictedLabel = prediction.PredictedLabel, Score = prediction.Score }))],
            network!, [.. rows.GetColumn<float[]>("Features").Take(FeatureRows).SelectMany(row => row)]);
    }

    /// <summary>Cuts the rows so that every part has its share of each class.</summary>
    private static IEnumerable<(IDataView Training, IDataView Test)> Folds(MLContext ml, IDataView rows, int folds, int seed)
    {
        var random = new Random(seed);
        var all = ml.Data.CreateEnumerable<FeatureRow>(rows, reuseRowObject: false).ToArray();
        random.Shuffle(all);
        var dealt = all.OrderBy(row => row.Label, StringComparer.Ordinal).Select((row, i) => (Row: row, Fold: i % folds)).ToArray();
        for (var fold = 0; fold < folds; fold++)
            yield return (View(dealt.Where(pair => pair.Fold != fold)), View(dealt.Where(pair => pair.Fold == fold)));

        IDataView View(IEnumerable<(FeatureRow Row, int Fold)> part) =>
            ml.Data.LoadFromEnumerable([.. part.Select(pair => pair.Row)], rows.Schema);
    }

    private static MulticlassClassificationMetrics MetricsOf(MLContext ml, List<Prediction> predictions, string[] classes)
    {
        var keys = ml.Data.LoadFromEnumerable(classes.Select(name => new { Name = name }));
        var schema = SchemaDefinition.Create(typeof(Prediction));
        schema[nameof(Prediction.Score)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, classes.Length);
        return ml.MulticlassClassification.Evaluate(ml.Transforms.Conversion
            .MapValueToKey([new("Label"), new("PredictedLabel")], keyData: keys)
            .Fit(ml.Data.LoadFromEnumerable(predictions, schema)).Transform(ml.Data.LoadFromEnumerable(predictions, schema)));
    }

    private sealed class FeatureRow
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";

        public float[] Features { get; set; } = [];
    }

    private sealed class Prediction
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";

        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
