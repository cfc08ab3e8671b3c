using MLNet.BatchNorm.Pipelines.Tasks;

namespace MLNet.BatchNorm.Pipelines.Search;

/// <summary>What is searched settings for: the kind of prediction, and what it may be judged by.</summary>
/// <param name="Trainer">Name of the trainer in the log.</param>
/// <param name="Learning">The kind of prediction.</param>
/// <param name="Metrics">The first is the default.</param>
internal sealed record SearchedTask(string Trainer, LearningTask Learning, IReadOnlyList<SearchMetric> Metrics)
{
    public static SearchedTask Classes { get; } =
        new(nameof(NeuralNetworkMulticlassTrainer), new MulticlassTask(), SearchMetric.ForClasses);

    public static SearchedTask YesOrNo { get; } =
        new(nameof(NeuralNetworkBinaryTrainer), new BinaryTask(), SearchMetric.ForYesOrNo);

    public static SearchedTask Numbers { get; } =
        new(nameof(NeuralNetworkRegressionTrainer), new RegressionTask(), SearchMetric.ForNumbers);
}
