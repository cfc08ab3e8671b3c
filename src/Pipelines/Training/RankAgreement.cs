using System.Reflection;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// What must be the same on all ranks before they read their rows: options, columns, classes and layers. What follows from the rows and the
/// first weights is compared before the first step, by the training loop.
/// </summary>
internal static class RankAgreement
{
    // Each rank may have others, or they are compared in another way: functions by what they return, files by what is in them.
    private static readonly string[] OfEachRank =
    [
        nameof(NeuralNetworkOptions.Network), nameof(NeuralNetworkOptions.Pretrained), nameof(NeuralNetworkOptions.LearningRateFactor),
        nameof(NeuralNetworkOptions.ValidationData), nameof(NeuralNetworkOptions.Ranks), nameof(NeuralNetworkOptions.Checkpoint),
        nameof(NeuralNetworkOptions.ResumeFrom), nameof(NeuralNetworkOptions.MemoryBudget), nameof(NeuralNetworkOptions.NumberOfThreads),
        nameof(NeuralNetworkOptions.Progress), nameof(NeuralNetworkOptions.BatchProgress), nameof(NeuralNetworkOptions.BatchProgressEvery),
        nameof(NeuralNetworkOptions.CancellationToken),
    ];

    /// <summary>Refuses, on every rank, ranks that differ.</summary>
    /// <exception cref="ArgumentException">A batch cannot be shared evenly among the ranks.</exception>
    /// <exception cref="InvalidOperationException">They differ; the message names the first difference.</exception>
    public static void Require(TrainingStart start, FitSession session, NeuralNetworkModelParameters? previousModel)
    {
        if (session.Ranks is not { } ranks)
            return;
        ranks.RequireSame(Describe(start, session, previousModel));
        if (session.Options.BatchSize is { } batchSize)
            Agreement.RowsPerRank(batchSize, ranks);
    }

    private static IEnumerable<OptionValue> Describe(
        TrainingStart start, FitSession session, NeuralNetworkModelParameters? previousModel)
    {
        var options = session.Options;
        return
        [
            .. OptionValue.Of("the kind of label", session.Task.Label),
            .. OptionValue.Of("the number of features", start.Columns.FeatureCount),
            .. OptionValue.Of("the shape of the features", start.Columns.Layout.Shape),
            .. Named("class", start.Head.Labels),
            .. OptionValue.Of("the number of outputs", start.Head.Outputs),
            .. OptionsOf(options),
            .. OptionValue.Of("Checkpoint.EverySteps", options.Checkpoint?.EverySteps),
            .. OptionValue.Of("whether there is a Network", options.Network is not null),
            .. OptionValue.Of("whether there is a Pretrained network", options.Pretrained is not null),
            .. OptionValue.Of("whether there is a previous model", previousModel is not null),
            .. OptionValue.Of("whether there is ValidationData", options.ValidationData is not null),
            .. OptionValue.Of("whether there is a Checkpoint", options.Checkpoint is not null),
            .. OptionValue.Of("whether there is a ResumeFrom", options.ResumeFrom is not null),
            .. start.OptionsOfLayers,
            .. Named("feature", SlotNames.Of(
                start.Columns.Features.Column, ChannelMap.Of(start.Columns.Features, ChannelLayout.PerSlot, imageShape: null))),
        ];
    }

    private static IEnumerable<OptionValue> OptionsOf(NeuralNetworkOptions options) =>
        from property in typeof(NeuralNetworkOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where !OfEachRank.Contains(property.Name)
        from option in OptionValue.Of(property.Name, property.GetValue(options) switch
        {
            ClassWeights or RegressionLoss => $"{property.GetValue(options)}",
            var value => value,
        })
        select option;

    private static IEnumerable<OptionValue> Named(string what, IReadOnlyList<string> names) =>
        names.Select((name, i) => new OptionValue($"{what} {i + 1}", name));
}
