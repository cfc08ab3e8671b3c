using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Pipelines.Prediction;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Goes on from a trained model, which stays as it is: it must go on predicting as it does.</summary>
internal sealed class PreviousModel
{
    private readonly NeuralNetworkModelParameters model;
    private readonly int[] classes;
    private readonly BatchNormFreeze? freeze;

    /// <exception cref="ArgumentException">It was trained on other features or for other labels than those at hand.</exception>
    public PreviousModel(
        NeuralNetworkModelParameters previousModelParameters, NeuralNetworkOptions options, TrainingColumns columns, PredictionHead head)
    {
        model = previousModelParameters;
        if (model.InputCount != columns.FeatureCount)
            throw new ArgumentException(
                $"The previous model was trained on {model.InputCount} features, " +
                $"column '{columns.Features.Name}' has {columns.FeatureCount}. " +
                "Use the steps in front that were fitted for it, or train anew.",
                nameof(previousModelParameters));
        freeze = options.FreezeBatchNorm;
        model.Layout.RequireSame(options);
        model.Layout.Check(columns.Features);
        classes = ClassesOf(model, options, columns.Label.Name, head);
        RequireSameLayers(options, head);
    }

    /// <summary>Whether the outputs are those of the model, in the same order.</summary>
    public bool HasSameOutputs => classes.SequenceEqual(Enumerable.Range(0, model.OutputCount));

    public FeatureLayout Layout => model.Layout;

    /// <summary>What its optimizer remembered, if it was kept and there is still the same number of it for every output.</summary>
    public OptimizerState? OptimizerState => HasSameOutputs ? model.OptimizerState : null;

    /// <summary>A copy of the network to go on with, its outputs in the order of the labels at hand.</summary>
    public Network ToNetwork(int seed)
    {
        var network = OutputClasses.Of(model.Network, classes, seed);
        return freeze is { } frozen ? network.WithFrozenBatchNorm(frozen) : network;
    }

    // The option Network counts no more, so it must not ask for anything else; the last layer is the trainer's own.
    private void RequireSameLayers(NeuralNetworkOptions options, PredictionHead head)
    {
        if (options.Network is not { } hidden)
            return;
        var network = model.Network;
        var definition = TrainingStart.DefinitionOf(hidden, normalize: network.Definition.Layers[0] is FeatureEncodingDefinition, head);
        var asked = LayerPlan.Of(definition, network.InputShape, options.Initializer, random: null)[..^1];
        var names = network.Layers.SkipLast(1).Select(layer => layer.Name);
        if (!names.SequenceEqual(asked.Select(plan => plan.Site.Name)))
            throw OtherNetwork(
                $"it has {string.Join(", ", names)}, the option asks for {string.Join(", ", asked.Select(plan => plan.Site.Name))}");
        var last = network.Layers[^1].Name;
        var saved = LayerOptions.OfTrained(LayerOptions.Of(network)).Where(option => option.Name.Split('.')[0] != last);
        if (OptionValue.FirstDifference(saved, LayerOptions.Of(asked)) is { } option)
            throw OtherNetwork($"its {option.Saved.Name} is {option.Saved.Value}, the option asks for {option.Now}");
    }

    private static ArgumentException OtherNetwork(string difference) => new(
        $"The previous model decides the layers, and has others than the option Network: {difference}. Leave Network out, or train anew.");

    private static int[] ClassesOf(
        NeuralNetworkModelParameters previousModelParameters, NeuralNetworkOptions options, string label, PredictionHead head)
    {
        var previous = previousModelParameters.Head;
        if (head is RegressionHead now && previous is RegressionHead before && now.Link != before.Link)
            throw new ArgumentException(
                $"The previous model has the link {before.Link}, the option RegressionLoss is {options.RegressionLoss}, whose link is "
                + $"{now.Link}. Poisson and Tweedie have the link Log, the others Identity: set one with the link of the model.",
                nameof(previousModelParameters));
        if (head.SharesLabelsWith(previous))
            return [.. Enumerable.Range(0, head.Outputs)];
        if (head.GetType() != previous.GetType())
            throw new ArgumentException(
                $"The previous model was trained for labels of another kind: {previous}. Column '{label}' has {head}. "
                + "Use the kind of trainer that it was trained with, or train anew.",
                nameof(previousModelParameters));
        if (!options.AcceptNewLabels)
            throw new ArgumentException(
                $"The previous model was trained for the labels {previous}, column '{label}' has {head}: " +
                "it cannot learn others unless the option AcceptNewLabels is set. " +
                "Map the column with the MapValueToKey that was fitted for it.",
                nameof(previousModelParameters));
        return head.ClassesIn(previous) ?? throw new ArgumentException(
            $"The labels of column '{label}' must be all those of the previous model, {previous}, and new ones beside; they are {head}. " +
            "Fit MapValueToKey on old and new labels together.",
            nameof(previousModelParameters));
    }
}
