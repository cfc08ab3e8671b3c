using Microsoft.ML;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Core.Training.Augmenting;
using MLNet.BatchNorm.Pipelines.Prediction;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>Where a training starts: anew, from a previous model, or from a checkpoint of an interrupted one.</summary>
/// <param name="Columns">What is read.</param>
/// <param name="Head">What is predicted.</param>
/// <param name="Network">What is trained.</param>
internal sealed record TrainingStart(TrainingColumns Columns, PredictionHead Head, Network Network)
{
    private PreviousModel? Previous { get; init; }

    private Checkpoint? Checkpoint { get; init; }

    /// <summary>Whether the network comes from a model, so that it predicts labels as they are, not standardized ones.</summary>
    public bool IsTrained => Previous is not null;

    /// <summary>Whether the network has its first weights.</summary>
    public bool IsNew => (Previous, Checkpoint) is (null, null);

    /// <summary>Whether its rows may be sparse: the first layer is dense, and nothing changes the rows before.</summary>
    public bool MayBeSparse { get; private init; }

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
        var takesSparseRows = start.Network.TakesSparseRows && !start.Columns.Layout.IsPlanar;
        return start with { MayBeSparse = takesSparseRows && session.Options.Augmentation is null };
    }

    /// <summary>The same from where a checkpoint left off.</summary>
    /// <exception cref="ArgumentException">It is one of another network.</exception>
    public TrainingStart ResumedFrom(Checkpoint checkpoint) => checkpoint.Network.ToString() == Network.ToString()
        ? this with { Network = checkpoint.Network, Previous = null, Checkpoint = checkpoint }
        : throw new ArgumentException(
            "The checkpoint has other layers than the options ask for. Resume with the same Network. " +
            $"Checkpoint:\n{checkpoint.Network}\nOptions:\n{Network}");

    /// <summary>The loop that goes on from here.</summary>
    public TrainingLoop ToLoop(Loss loss, TrainingSettings settings) => Checkpoint is null
        ? new TrainingLoop(Network, loss, settings, settings.KeepOptimizerState ? Previous?.OptimizerState : null)
        : TrainingLoop.Resume(Checkpoint, loss, settings);

    private static TrainingStart Anew(TrainingColumns columns, PredictionHead head, FitSession session)
    {
        var (options, seed) = (session.Options, session.Seed);
        var hidden = options.Network(NetworkDefinition.Empty)
            ?? throw new InvalidOperationException(
                "The function in the option Network returned null. It must return the definition it builds, as net => net.Dense(64).");
        var definition = hidden.Dense(head.Outputs);
        var layout = FeatureLayout.Of(columns.Features, options, definition);
        return new TrainingStart(
            columns with { Layout = layout }, head, new Network(definition, layout.Shape, seed, options.Initializer));
    }

    private static TrainingStart From(PreviousModel previous, TrainingColumns columns, PredictionHead head, int seed) =>
        new(columns with { Layout = previous.Layout }, head, previous.ToNetwork(seed)) { Previous = previous };
}
