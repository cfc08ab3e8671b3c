using System.Globalization;
using System.Reflection;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Distributed;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Transforms.Columns;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// What makes a training the same one, so that it may go on from a checkpoint: all that decides what is learned. What is missing in the
/// description may differ: threads, callbacks, time limit, where checkpoints go, when to stop, and what becomes of the result.
/// </summary>
internal static class ResumedTraining
{
    private const string Fingerprint = "fingerprint of the rows";

    /// <summary>Reads the file of the option ResumeFrom.</summary>
    /// <exception cref="ArgumentException">It is missing or cannot be read.</exception>
    /// <exception cref="ModelFormatException">It is damaged or something else.</exception>
    public static Checkpoint Read(string path)
    {
        try
        {
            return CheckpointFile.Read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException(
                $"The option ResumeFrom cannot read '{path}': {failure.Message} Leave it out to begin anew.", failure);
        }
        catch (ModelFormatException failure)
        {
            throw new ModelFormatException($"{failure.Component} '{path}' of the option ResumeFrom", failure.Reason);
        }
    }

    /// <summary>What the checkpoints of a training are known by.</summary>
    public static TrainingDescription Describe(TrainingStart start, RowSource training, RowSource? validation, FitSession session) => new(
        typeof(Network).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        [.. OptionsOf(start, training, validation, session)],
        start.Head.Labels,
        SlotNames.Of(start.Columns.Features.Column, ChannelMap.Of(start.Columns.Features, ChannelLayout.PerSlot, imageShape: null)));

    /// <summary>Refuses a checkpoint of another training.</summary>
    /// <exception cref="ArgumentException">It is; the message names what differs, both values, and what to do.</exception>
    public static void RequireSame(Checkpoint checkpoint, FitSession session, Network network)
    {
        checkpoint.RequireRanks(session.Ranks);
        var (saved, now) = (checkpoint.Description, session.Description);
        if (saved is not null && now is not null)
        {
            if (OptionValue.FirstDifference(saved.Options.Where(option => option.Name != Fingerprint), now.Options) is { } option)
                throw Differs(option, saved.Version);
            RequireSame("class", saved.Labels, now.Labels, "Map the labels with the MapValueToKey that was fitted for the first run.");
            if (saved.Features.Count > 0 && now.Features.Count > 0)
                RequireSame("feature", saved.Features, now.Features, "Concatenate the columns in the order of the first run.");
        }

        if (!checkpoint.Network.Layers.Select(layer => layer.Name).SequenceEqual(network.Layers.Select(layer => layer.Name)))
            throw OtherLayers(checkpoint.Network, network);
        if (OptionValue.FirstDifference(LayerOptions.Of(checkpoint.Network), LayerOptions.Of(network)) is { } ofLayer)
            throw Differs(ofLayer, checkpoint.Description?.Version);
        if (checkpoint.Network.ToString() != network.ToString())
            throw OtherLayers(checkpoint.Network, network);
        if (checkpoint.State.Epochs.Count > session.Options.Epochs)
            throw new ArgumentException(
                $"The checkpoint has {checkpoint.State.Epochs.Count} epochs behind it, Epochs is {session.Options.Epochs}. "
                + "Set it to as many or more.");
        // Last, because it says least about what to do.
        if (saved is not null && now is not null && OptionValue.FirstDifference(saved.Options, now.Options) is { } rows)
            throw Differs(rows, saved.Version);
    }

    private static IEnumerable<OptionValue> OptionsOf(
        TrainingStart start, RowSource training, RowSource? validation, FitSession session)
    {
        var (options, layout) = (session.Options, start.Columns.Layout);
        IEnumerable<OptionValue>[] all =
        [
            OptionValue.Of("kind of label", session.Task.Label),
            OptionValue.Of(nameof(options.LabelColumnName), options.LabelColumnName),
            OptionValue.Of(nameof(options.FeatureColumnName), options.FeatureColumnName),
            OptionValue.Of(nameof(options.ExampleWeightColumnName), options.ExampleWeightColumnName),
            OptionValue.Of("number of features", start.Columns.FeatureCount),
            // Both orders are the same where an image has one channel.
            OptionValue.Of(nameof(options.Layout), layout.Layout == ChannelLayout.PerSlot || layout.IsPlanar
                ? layout.Layout
                : ChannelLayout.ChannelsLast),
            OptionValue.Of(nameof(options.ImageShape), layout.Layout == ChannelLayout.PerSlot ? null : layout.Shape),
            OptionValue.Of(nameof(options.Seed), session.Seed),
            OptionValue.Of(nameof(options.BatchSize), options.BatchSize),
            OptionValue.Of(nameof(options.Optimizer), options.Optimizer),
            OptionValue.Of(nameof(options.Schedule), options.Schedule),
            options.Schedule.DependsOnEpochs ? OptionValue.Of(nameof(options.Epochs), options.Epochs) : [],
            OptionValue.Of(nameof(options.RegressionLoss), options.RegressionLoss.ToString()),
            OptionValue.Of(nameof(options.LabelSmoothing), options.LabelSmoothing),
            OptionValue.Of(nameof(options.ClassWeights), options.ClassWeights?.ToString()),
            OptionValue.Of(nameof(options.Augmentation), options.Augmentation),
            OptionValue.Of(nameof(options.FreezeThrough), options.FreezeThrough),
            OptionValue.Of(nameof(options.LearningRateFactor), RatesOfTheirOwn(start.Network, options)),
            OptionValue.Of(nameof(options.ValidationFraction), options.ValidationFraction),
            OptionValue.Of("number of validation rows", session.Ranks.All(validation?.Rows ?? 0).Sum(rows => (long)rows)),
            // Streamed rows are shuffled in a pool of this size.
            session.Ranks.Any(training is StreamedRows) ? OptionValue.Of(nameof(options.MemoryBudget), options.MemoryBudget) : [],
            OptionValue.Of(Fingerprint, session.Fingerprint is { } own ? string.Join("; ", session.Ranks.AllOf(own.ToString())) : null),
        ];
        return all.SelectMany(values => values);
    }

    private static string? RatesOfTheirOwn(Network network, NeuralNetworkOptions options)
    {
        var factors = network.Layers.Select(layer => (layer.Name, Factor: options.LearningRateFactor?.Invoke(layer.Name) ?? 1))
            .Where(layer => layer.Factor != 1)
            .Select(layer => string.Create(CultureInfo.InvariantCulture, $"{layer.Factor} for {layer.Name}"))
            .ToArray();
        return factors is [] ? null : string.Join(", ", factors);
    }

    private static void RequireSame(string what, IReadOnlyList<string> saved, IReadOnlyList<string> now, string remedy)
    {
        for (var i = 0; i < Math.Max(saved.Count, now.Count); i++)
            if (saved.ElementAtOrDefault(i) != now.ElementAtOrDefault(i))
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The checkpoint is of another training: {what} {i + 1} of {saved.Count} is {Quoted(saved, i)} there, and of "
                    + $"{now.Count} {Quoted(now, i)} here. {remedy}"));

        static string Quoted(IReadOnlyList<string> texts, int i) => i < texts.Count ? $"'{texts[i]}'" : "missing";
    }

    private static ArgumentException Differs((OptionValue Saved, string Now) option, string? version) => new(
        $"The checkpoint is of another training: {option.Saved.Name} is {option.Saved.Value} there and {option.Now} here. Resume with what "
        + "it was made with, or leave out ResumeFrom to start anew."
        + (version is null ? "" : $" (Written by version {version}.)"));

    private static ArgumentException OtherLayers(Network saved, Network now) => new(
        $"The checkpoint has other layers than the options ask for. Resume with the same Network. Checkpoint:\n{saved}\nOptions:\n{now}");
}
