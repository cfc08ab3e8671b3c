using Microsoft.ML;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Core.Training.Augmenting;
using MLNet.BatchNorm.Pipelines.Prediction;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// Where a training starts: anew, from a pretrained network, from a previous model, or from a checkpoint of an interrupted training.
/// </summary>
/// <param name="Columns">What is read.</param>
/// <param name="Head">What is predicted.</param>
internal sealed record TrainingStart(TrainingColumns Columns, PredictionHead Head)
{
    private Network? network;
    private Func<NetworkDefinition, NetworkDefinition>? hidden;   // of a network that is still to be built; null: as the rows ask
    private IReadOnlyList<LayerPlan> plans = [];   // of it, as far as it is known

    /// <summary>What is trained; there once the rows are known (<see cref="On"/>).</summary>
    public Network Network => network ?? throw new InvalidOperationException("The network is built when the rows are known.");

    private PreviousModel? Previous { get; init; }

    private Checkpoint? Checkpoint { get; init; }

    /// <summary>Whether the network comes from a model, so that it predicts labels as they are, not standardized ones.</summary>
    public bool IsTrained => Previous is not null;

    /// <summary>Whether the network has its first weights.</summary>
    public bool IsNew => (Previous, Checkpoint, IsPretrained) is (null, null, false);

    private bool IsPretrained { get; init; }

    /// <summary>The options of the layers by name, as far as they are known before rows are.</summary>
    public IReadOnlyList<OptionValue> OptionsOfLayers => network is null ? LayerOptions.Of(plans) : LayerOptions.Of(network);

    /// <summary>Which rows are sparse: none unless the first layer is dense, and nothing changes the rows before.</summary>
    public SparseFeatures Sparse { get; private set; }

    /// <summary>The start that the options and the previous model, if there is one, ask for.</summary>
    /// <exception cref="ArgumentException">They do not fit the columns or each other.</exception>
    public static TrainingStart Of(DataViewSchema schema, FitSession session, NeuralNetworkModelParameters? previousModelParameters)
    {
        var columns = TrainingColumns.Of(schema, session.Options, session.Task);
        var head = session.Task.HeadFor(columns.Label, session.Options);
        var start = previousModelParameters is null
            ? Anew(columns, head, session)
            : From(new PreviousModel(previousModelParameters, session.Options, columns, head), columns, head, session.Seed);
        if (session.Options.Augmentation is { } augmentation)
            Augmenter.RequireShape(augmentation, start.Columns.Layout.Shape);
        if (start.Columns.Layout.IsPlanar || session.Options.Augmentation is not null)
            start.Sparse = default;
        return start;
    }

    /// <summary>The same with its network, where a new layer starts as the rows that it will train on ask for.</summary>
    public TrainingStart On(RowSource training, FitSession session)
    {
        network ??= NewNetwork(training, session);
        if (!IsTrained && session.Task.PriorOf(training, Head.Outputs, session.Ranks) is { } prior)
            prior.CopyTo(network.TrainableParameters[^1].Value);   // the bias of the last layer
        return this;
    }

    /// <summary>The same from where a checkpoint left off.</summary>
    /// <exception cref="ArgumentException">It is one of another training.</exception>
    public TrainingStart ResumedFrom(Checkpoint checkpoint, FitSession session)
    {
        ResumedTraining.RequireSame(checkpoint, session, Network);
        return this with { network = checkpoint.Network, Previous = null, Checkpoint = checkpoint };
    }

    /// <summary>The loop that goes on from here.</summary>
    public TrainingLoop ToLoop(Loss loss, TrainingSettings settings) => Checkpoint is null
        ? new TrainingLoop(Network, loss, settings, settings.KeepOptimizerState ? Previous?.OptimizerState : null)
        : TrainingLoop.Resume(Checkpoint, loss, settings);

    /// <summary>
    /// The layers and the last one. A linear model beside a network starts as none, so that features without information stay out of it.
    /// </summary>
    public static NetworkDefinition WithOutput(NetworkDefinition layers, int outputs) =>
        layers.Dense(outputs, layers.Layers is [.., ConcatDefinition] ? Initializer.Normal(0) : null);

    /// <summary>All layers of a network with these hidden ones.</summary>
    public static NetworkDefinition DefinitionOf(
        Func<NetworkDefinition, NetworkDefinition> hidden, bool normalize, PredictionHead head)
    {
        var layers = hidden(NetworkDefinition.Empty) ?? throw new InvalidOperationException(
            "The function in the option Network returned null. It must return the definition it builds, as net => net.Dense(64).");
        if (normalize && layers.Layers is not [FeatureEncodingDefinition, ..])
            layers = new NetworkDefinition([new FeatureEncodingDefinition(), .. layers.Layers]);
        return WithOutput(layers, head.Outputs);
    }

    private static TrainingStart Anew(TrainingColumns columns, PredictionHead head, FitSession session)
    {
        var options = session.Options;
        if (options.Pretrained is { } pretrained)
            return From(new PretrainedNetwork(pretrained, options, columns.Features, columns.FeatureCount), columns, head, session.Seed);
        var hidden = options.Network ?? (options.ImageShape is null ? null : NeuralNetworks.SmallCnn());
        // Shapes that do not fit are refused before rows are read; the encoding in front changes none.
        var definition = DefinitionOf(hidden ?? NeuralNetworks.Mlp([64]), normalize: false, head);
        var layout = FeatureLayout.Of(columns.Features, options, definition);
        if (session.IsFirst && PictureVectors.WarningFor(columns.Features, options, definition) is { } warning)
            session.Warn(warning);
        var plans = LayerPlan.Of(definition, layout.Shape, options.Initializer, random: null);
        return new TrainingStart(columns with { Layout = layout }, head)
        {
            hidden = hidden,
            plans = plans,
            Sparse = new SparseFeatures(definition.Layers[0] is DenseDefinition, options.NormalizeFeatures),
        };
    }

    private static TrainingStart From(PretrainedNetwork pretrained, TrainingColumns columns, PredictionHead head, int seed)
    {
        var network = pretrained.ToNetwork(head.Outputs, seed);
        return new TrainingStart(columns with { Layout = pretrained.Layout }, head)
        {
            network = network,
            IsPretrained = true,
            Sparse = new SparseFeatures(network.TakesSparseRows, IsStandardizedIfDense: false),
        };
    }

    private Network NewNetwork(RowSource training, FitSession session)
    {
        var normalize = session.Options.NormalizeFeatures && !training.IsSparse;
        var definition = DefinitionOf(hidden ?? session.Defaults!.Network, normalize, Head);
        var measured = FeatureStatistics.Measure(definition, training, Columns.Layout.Shape, session.Ranks);
        return new Network(measured, Columns.Layout.Shape, session.Seed, session.Options.Initializer);
    }

    private static TrainingStart From(PreviousModel previous, TrainingColumns columns, PredictionHead head, int seed)
    {
        var network = previous.ToNetwork(seed);
        return new TrainingStart(columns with { Layout = previous.Layout }, head)
        {
            network = network,
            Previous = previous,
            Sparse = new SparseFeatures(network.TakesSparseRows, IsStandardizedIfDense: false),
        };
    }
}
