using Microsoft.ML;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Pipelines;

namespace MLNet.BatchNorm;

/// <summary>What a neural network trainer reads, what the network looks like, and how it is trained.</summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Network = net => net.Dense(64).BatchNorm().Relu().Dropout(0.2f),
///     Optimizer = new Adam { LearningRate = 0.002f },
///     Epochs = 50,
///     ValidationFraction = 0.2f,
///     EarlyStopping = new EarlyStopping { Patience = 5 },
///     Progress = report => Console.WriteLine(report),
/// });
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed record NeuralNetworkOptions
{
    /// <summary>Name of the label column; default "Label".</summary>
    public string LabelColumnName { get; init => field = Require.NotEmpty(value); } = ColumnNames.Label;

    /// <summary>Name of the feature column, a vector of float of known size; default "Features".</summary>
    public string FeatureColumnName { get; init => field = Require.NotEmpty(value); } = ColumnNames.Features;

    /// <summary>Name of a float column with the weight of each row in the loss, 0 or more; default: every row counts the same.</summary>
    public string? ExampleWeightColumnName { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// The layers between the features and the output, as <c>net => net.Dense(64).BatchNorm().Relu()</c>. The last layer, which has as many
    /// units as the task needs, is added by the trainer; behind a <see cref="ConcatDefinition"/> its weights start at 0. Default null: what
    /// did best on tables, <see cref="NeuralNetworks.Tabular"/>, for classes with a dropout of 0.2, and for fewer than 1,000 training rows
    /// of classes <c>NeuralNetworks.Tabular([64, 64], dropout: 0.4f)</c>; on sparse rows <c>NeuralNetworks.Mlp([32])</c>; with an
    /// <see cref="ImageShape"/> <c>NeuralNetworks.SmallCnn()</c>.
    /// </summary>
    public Func<NetworkDefinition, NetworkDefinition>? Network { get; init; }

    /// <summary>
    /// A network that was trained before, on other data perhaps, to start from in place of <see cref="Network"/>, as one whose weights
    /// were loaded (<see cref="SafetensorsSerialization"/>). Training starts with a copy of all its numbers, but for those of the last
    /// layer: if that is dense it is left out, and a new one with as many units as the task needs takes its place, which starts as
    /// <see cref="Initializer"/> says. The network itself is never changed. The features must have its
    /// <see cref="MLNet.BatchNorm.Network.InputShape"/>; <see cref="NormalizeFeatures"/> adds nothing in front of it, so that it must begin
    /// with the <see cref="FeatureEncodingDefinition"/> that its weights expect. Fit with a previous model goes on from that one and does
    /// not look at it. Default null: a new network.
    /// </summary>
    public Network? Pretrained { get; init; }

    /// <summary>
    /// Whether the features are brought to mean 0 and deviation 1, with numbers that are measured on the training rows and are part of the
    /// model as its first layer, <see cref="FeatureEncodingDefinition"/>: of every feature, or of every channel of images. Default true. A
    /// network that begins with an encoding of its own does that in any case; a previous model and a <see cref="Pretrained"/> network keep
    /// what they were trained with.
    /// Rows that are kept sparse stay as they are, so that zeros stay zeros; with this option none of up to 4,096 features are kept so
    /// where a number among them is larger than about 10.
    /// </summary>
    public bool NormalizeFeatures { get; init; } = true;

    /// <summary>
    /// Height, width and channels of the images in the feature column. Default null: those of a <see cref="Pretrained"/> network, or of
    /// the column's three dimensions if the network has layers for images (convolution, pooling); else the features are a vector.
    /// <c>Concatenate</c> drops the dimensions.
    /// </summary>
    public Shape? ImageShape { get; init; }

    /// <summary>
    /// Order of an image's values in the feature column; default <see cref="ChannelLayout.ChannelsFirst"/>, as <c>ExtractPixels</c>
    /// delivers them. With <see cref="ChannelLayout.PerSlot"/> the features are a vector in any case.
    /// </summary>
    public ChannelLayout Layout { get; init => field = Require.Known(value); } = ChannelLayout.ChannelsFirst;

    /// <summary>
    /// How the weights of the layers start that do not say so themselves, the last one included; default <see cref="Initializer.He"/>.
    /// </summary>
    public Initializer Initializer { get; init => field = Require.NotNull(value); } = Initializer.He;

    /// <summary>
    /// How weights follow their gradients. Default null: <see cref="AdamW"/> with a beta2 of 0.99, a learning rate of 0.003 for numbers,
    /// 0.002 for classes and 0.001 on sparse rows, and a weight decay of 0.1, and 2 for fewer than 1,000 training rows of classes.
    /// </summary>
    public Optimizer? Optimizer { get; init; }

    /// <summary>The largest learning rate of the default optimizer; positive; null: its own.</summary>
    internal float? LearningRate
    {
        get;
        init => field = value is { } rate ? Require.Positive(rate, "learningRate") : null;
    }

    /// <summary>How the learning rate changes in the course of training; default <see cref="OneCycleSchedule"/>.</summary>
    public LearningRateSchedule Schedule { get; init => field = Require.NotNull(value); } = new OneCycleSchedule();

    /// <summary>
    /// What the learning rate is multiplied with in the layer of a name, as in <see cref="NeuralNetworkModelParameters.Layers"/>; a block
    /// is one layer, "residual3". Finite and 0 or more: pretrained layers are trained slower than a new last one by
    /// <c>name => name == "dense1" ? 1 : 0.1f</c> ("discriminative" rates: Howard and Ruder, 2018, arXiv:1801.06146, section 3.2). It
    /// holds for weight decay that is part of the step too. At 0 the parameters stay while running statistics follow the batches;
    /// <see cref="FreezeThrough"/> stops both and saves the way back. Default null: 1 in all layers.
    /// </summary>
    public Func<string, float>? LearningRateFactor { get; init; }

    /// <summary>
    /// How often training goes through the rows; positive. Default null: for classes as often as 2,000 steps need (500 for fewer than 1,000
    /// training rows), and at least 5 times from 8,000 rows on; for numbers as often as 2,000 steps need, and 12
    /// times from 20,000 rows on; on sparse rows as often as 500 steps need, and at least 5 times. At most 20,000 steps, but at least once.
    /// </summary>
    public int? Epochs { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>
    /// Rows per step, of all <see cref="Ranks"/> together; at least 2. Default null: for classes 16 for fewer than 1,000 training rows, 32
    /// for fewer than 8,000, else 128; for numbers 32 for fewer than 8,000, 64 for fewer than 20,000, else 256; 32 on sparse rows; 1,024
    /// from a million on. The last batch of an epoch may be shorter, but a single row left over joins the batch before it, because batch
    /// normalization cannot train on one row.
    /// </summary>
    public int? BatchSize { get; init => field = value is null ? null : Require.AtLeast(2, value.Value); }

    /// <summary>
    /// Training rows, drawn at random, from which the statistics of the batch normalization layers are computed anew after training, at
    /// least 2; all rows if there are fewer; default 8,192. Null: the running averages stay, which may lag behind the weights.
    /// </summary>
    public int? PreciseStatisticsRows { get; init => field = value is null ? null : Require.AtLeast(2, value.Value); } = 8192;

    /// <summary>
    /// Share of the rows, of each class (or size of the label) alike, that is kept out of training to report loss and accuracy on; 0 or
    /// more, less than 1; default 0: none.
    /// </summary>
    public float ValidationFraction { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>
    /// What becomes of a training or validation row with a feature that is missing or infinite: <see cref="MissingValueHandling.Error"/>,
    /// the default, or <see cref="MissingValueHandling.SkipRow"/>.
    /// </summary>
    public MissingValueHandling MissingValues
    {
        get;
        init => field = value.OneOf([MissingValueHandling.Error, MissingValueHandling.SkipRow]);
    }

    /// <summary>
    /// Random changes to the training pictures, such as <c>new Augmentation { Shift = 0.1f, RotationDegrees = 10 }</c>; default null: none.
    /// All but <see cref="Augmentation.MixUp"/> makes the features an image, as image layers do; mixup is for classes, not for regression.
    /// </summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>
    /// How many bytes the training rows may take in memory, and validation rows of their own as many; positive; default 1 GiB. A row takes
    /// four for each feature and 24 for its label, weight and place; one that is kept sparse eight for each feature that is not 0, and 120.
    /// If the rows take more, a warning says how much would do, every epoch reads the data view again, which must give the same rows in the
    /// same order, and a pool of this size shuffles them.
    /// </summary>
    public long MemoryBudget { get; init => field = Require.Positive(value); } = 1L << 30;

    /// <summary>
    /// Rows with the same columns as the training data to report loss and accuracy on, instead of a share of the training rows; default:
    /// none.
    /// </summary>
    public IDataView? ValidationData { get; init; }

    /// <summary>
    /// When to end training before the last epoch, with the weights of the epoch whose validation loss was lowest; needs
    /// <see cref="ValidationFraction"/> or <see cref="ValidationData"/>. Default: train all epochs and keep the last weights.
    /// </summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>
    /// How long training may take, reading the rows the first time not included; positive; default null: as long as its epochs. Towards the
    /// limit the schedule moves on, so that training ends with the low rate that it would have ended with; then it ends within one batch
    /// with <see cref="StopReason.TimeLimit"/>. The model then depends on how fast the machine is.
    /// </summary>
    public TimeSpan? TimeLimit
    {
        get;
        init => field = value is not { } limit || limit > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TimeLimit), limit, "TimeLimit must be positive.");
    }

    /// <summary>
    /// How much the rows of each class count in the losses, on top of their own weights; default: as they come. Not for regression.
    /// </summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>
    /// Share of every target that is spread evenly over all classes, which keeps the network from growing ever more certain; at least 0,
    /// less than 1; default 0. Not for regression.
    /// </summary>
    public float LabelSmoothing { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>
    /// What a regression makes small, and with it what its Score is; default <see cref="RegressionLoss.Squared"/>: the mean. Only for
    /// regression.
    /// </summary>
    public RegressionLoss RegressionLoss { get; init => field = Require.NotNull(value); } = RegressionLoss.Squared;

    /// <summary>
    /// Decides first weights, validation rows, the order of the rows, what dropout drops and augmentation draws: equal seeds and data give
    /// equal models. Default: drawn once from the MLContext when the trainer is made, so <c>new MLContext(seed: 1)</c> makes the whole
    /// program repeatable.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>
    /// Most threads that training may use, the calling one included; positive; default null: as <see cref="NumericsThreads.Max"/> says,
    /// which also holds for prediction. The model is the same to the last bit for every number of threads.
    /// </summary>
    public int? NumberOfThreads { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>
    /// The workers that train one model together, as <see cref="ThreadRanks"/> makes them. Each calls Fit with the same options and rows of
    /// its own, validation rows too, and gets the same model, bit for bit. <see cref="BatchSize"/> is that of all ranks and must be a
    /// multiple of their number, at least two rows for each. Rank 0 alone reports progress and writes checkpoints, from which as many
    /// ranks can resume. Default null: one alone.
    /// </summary>
    public Ranks? Ranks { get; init; }

    /// <summary>Called after each epoch, on the thread that trains. The same line goes to <c>MLContext.Log</c>.</summary>
    public Action<EpochReport>? Progress { get; init; }

    /// <summary>Called after every <see cref="BatchProgressEvery"/> batches, on the thread that trains. Default: nobody.</summary>
    public Action<BatchReport>? BatchProgress { get; init; }

    /// <summary>After how many batches of an epoch each time <see cref="BatchProgress"/> is called; positive; default 100.</summary>
    public int BatchProgressEvery { get; init => field = Require.Positive(value); } = 100;

    /// <summary>
    /// Where and how often training is written to a file from which <see cref="ResumeFrom"/> goes on; default: nothing is written.
    /// </summary>
    public CheckpointOptions? Checkpoint { get; init; }

    /// <summary>
    /// A checkpoint file of an interrupted training to go on from: with the same data and options, Seed included, the model is the same,
    /// bit for bit. Whatever decides what is learned must be as it was, labels and features in their order too; else Fit says what
    /// differs. More epochs are fine with a schedule that does not depend on them. Default: training starts at the first epoch.
    /// </summary>
    public string? ResumeFrom { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// Whether Fit with a previous model may meet labels that it does not know; default false: that is an error. All labels of the previous
    /// model must be among the new ones, in any order: what it knows of each is found by value, the outputs of new ones start as the
    /// initializer of its last layer says, and everything in front of them goes on.
    /// </summary>
    public bool AcceptNewLabels { get; init; }

    /// <summary>
    /// Whether the model keeps what the optimizer remembers after the last step, in the zip too (with Adam twice the size of the weights),
    /// and Fit with a previous model that has it goes on with it; default false: the optimizer starts anew. It also does with new labels or
    /// labels in another order.
    /// </summary>
    public bool KeepOptimizerState { get; init; }

    /// <summary>
    /// What training from a previous model or a <see cref="Pretrained"/> network leaves alone of every batch normalization layer, as
    /// <see cref="BatchNormFreeze"/> says; default null: what it was trained with. Useful for fine-tuning on batches too small or too
    /// unlike the first data to estimate statistics from. The model keeps it for trainings that go on from it.
    /// </summary>
    public BatchNormFreeze? FreezeBatchNorm { get; init => field = value is null ? null : Require.Known(value.Value); }

    /// <summary>
    /// Name of the last layer, as in <see cref="NeuralNetworkModelParameters.Layers"/>, that training from a previous model or a
    /// <see cref="Pretrained"/> network leaves alone, with all in front of it: they run as in prediction, without dropout and with running
    /// statistics, and cost no way back. Default null: all layers learn.
    /// </summary>
    public string? FreezeThrough { get; init => field = Require.NullOrNotEmpty(value); }

    /// <summary>
    /// Ends training within one batch. Fit then returns the best model so far, with its running averages even where precise statistics were
    /// asked for, and its <see cref="NeuralNetworkModelParameters.StopReason"/> says so. Cancelled while the rows are read for the first
    /// time, when there is no model yet, Fit throws an <see cref="OperationCanceledException"/> at the next row. An MLContext that ML.NET's
    /// own tools cancel does the same; it has no public member for that.
    /// </summary>
    public CancellationToken CancellationToken { get; init; }
}
