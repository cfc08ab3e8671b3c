using Microsoft.ML;
using MLNet.BatchNorm.Core.Serialization;
using static Microsoft.ML.Transforms.ValueToKeyMappingEstimator;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>A checkpoint knows whose it is: what differs is refused by name, with both values.</summary>
public sealed class ResumeTests : IDisposable
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    // Something of each kind of option that has options of its own.
    private static readonly NeuralNetworkOptions Options = Toy.Quick with
    {
        Network = net => net.Dense(8).BatchNorm().LeakyRelu(0.1f).Dropout(0.2f),
        ClassWeights = ClassWeights.Of(1, 2, 3),
        Augmentation = new Augmentation { MixUp = 0.2f },
        LabelSmoothing = 0.1f,
        ValidationFraction = 0.2f,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("resume-").FullName;

    public static TheoryData<string, NeuralNetworkOptions> Changes => new()
    {
        { "dense1.Units is 8 there and 9 here", Options with { Network = net => net.Dense(9).BatchNorm().LeakyRelu(0.1f).Dropout(0.2f) } },
        { "dropout1.Rate is 0.2 there and 0.3 here", With(net => net.BatchNorm().LeakyRelu(0.1f).Dropout(0.3f)) },
        { "batchnorm1.Momentum is 0.1 there and none here", With(net => net.BatchNorm(momentum: null).LeakyRelu(0.1f).Dropout(0.2f)) },
        { "batchnorm1.Epsilon is 1E-05 there and 0.001 here", With(net => net.BatchNorm(0.001f).LeakyRelu(0.1f).Dropout(0.2f)) },
        { "leakyrelu1.Alpha is 0.1 there and 0.2 here", With(net => net.BatchNorm().LeakyRelu(0.2f).Dropout(0.2f)) },
        { "other layers than the options ask for*dropout1", With(net => net.BatchNorm().LeakyRelu(0.1f)) },
        { "dense1.Initializer is HeInitializer there and GlorotInitializer here", Options with { Initializer = Initializer.Glorot } },
        { "Optimizer is Adam there and Sgd here", Options with { Optimizer = new Sgd { LearningRate = 0.02f } } },
        { "Optimizer.LearningRate is 0.02 there and 0.03 here", Options with { Optimizer = new Adam { LearningRate = 0.03f } } },
        { "Optimizer.Beta1 is 0.9 there and 0.8 here", Options with { Optimizer = new Adam { LearningRate = 0.02f, Beta1 = 0.8f } } },
        { "Optimizer.ClipNorm is none there and 1 here", Options with { Optimizer = new Adam { LearningRate = 0.02f, ClipNorm = 1 } } },
        { "Schedule is ConstantSchedule there and CosineSchedule here", Options with { Schedule = new CosineSchedule() } },
        {
            "LearningRateFactor is none there and 0.5 for dense1 here",
            Options with { LearningRateFactor = layer => layer == "dense1" ? 0.5f : 1 }
        },
        { "BatchSize is 32 there and 16 here", Options with { BatchSize = 16 } },
        { "Seed is 1 there and 2 here", Options with { Seed = 2 } },
        { "LabelSmoothing is 0.1 there and 0 here", Options with { LabelSmoothing = 0 } },
        { "ClassWeights is 1, 2, 3 there and 1, 3, 2 here", Options with { ClassWeights = ClassWeights.Of(1, 3, 2) } },
        { "ClassWeights is 1, 2, 3 there and Balanced here", Options with { ClassWeights = ClassWeights.Balanced } },
        { "Augmentation is Augmentation there and none here", Options with { Augmentation = null } },
        { "Augmentation.MixUp is 0.2 there and 0.1 here", Options with { Augmentation = new Augmentation { MixUp = 0.1f } } },
        { "ValidationFraction is 0.2 there and 0.3 here", Options with { ValidationFraction = 0.3f } },
        { "ExampleWeightColumnName is none there and Weight here", Options with { ExampleWeightColumnName = "Weight" } },
        { "Epochs is 3. Set it to as many or more", Options with { Epochs = 3 } },
    };

    public static TheoryData<string, NeuralNetworkOptions> HarmlessChanges => new()
    {
        { "threads", Options with { NumberOfThreads = 1 } },
        { "progress", Options with { Progress = _ => { }, BatchProgress = _ => { }, BatchProgressEvery = 2 } },
        { "more epochs", Options with { Epochs = 12 } },
        { "early stopping", Options with { EarlyStopping = new EarlyStopping { Patience = 9 } } },
        { "time limit", Options with { TimeLimit = TimeSpan.FromHours(1) } },
        { "memory that suffices either way", Options with { MemoryBudget = 1 << 20 } },
        { "precise statistics", Options with { PreciseStatisticsRows = 100 } },
        { "optimizer state", Options with { KeepOptimizerState = true } },
    };

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Changes))]
    public void Fit_ResumedWithAnotherOption_NamesItWithBothValues(string message, NeuralNetworkOptions changed)
    {
        Start(Options, Data);

        Resuming(changed, Data).Should().Throw<ArgumentException>().WithMessage($"*{message}*");
    }

    [Theory]
    [MemberData(nameof(HarmlessChanges))]
    public void Fit_ResumedWithWhatChangesNothingLearned_GoesOn(string what, NeuralNetworkOptions changed)
    {
        Start(Options, Data);

        Resuming(changed, Data).Should().NotThrow(what);
    }

    [Fact]
    public void Fit_ResumedWithMoreEpochs_NeedsAScheduleThatDoesNotDependOnThem()
    {
        var options = Options with { Schedule = new OneCycleSchedule().WithWarmUp(3) };
        Start(options, Data);

        Resuming(options with { Epochs = 20 }, Data).Should().Throw<ArgumentException>().WithMessage("*Epochs is 10 there and 20 here*");
    }

    [Fact]
    public void Fit_ResumedWithAnotherOptionOfASchedule_NamesItWithinTheWarmUp()
    {
        var options = Options with { Schedule = new StepSchedule(3).WithWarmUp(3) };
        Start(options, Data);

        Resuming(options with { Schedule = new StepSchedule(3) { Decay = 0.5f }.WithWarmUp(3) }, Data)
            .Should().Throw<ArgumentException>().WithMessage("*Schedule.Then.Decay is 0.1 there and 0.5 here*");
    }

    [Fact]
    public void Fit_ResumedWithLabelsInAnotherOrder_NamesTheFirstOfThem()
    {
        var view = Toy.View(Toy.Examples());
        var sorted = Toy.ML.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: KeyOrdinality.ByValue).Fit(view).Transform(view);
        Start(Options, Data);

        Resuming(Options, sorted).Should().Throw<ArgumentException>()
            .WithMessage("*class 1 of 3 is 'red' there, and of 3 'blue' here*MapValueToKey*");
    }

    [Fact]
    public void Fit_ResumedWithOneClassMore_NamesIt()
    {
        var more = Toy.Keyed(Toy.Examples(["red", "green", "blue", "white"]));
        var options = Options with { ClassWeights = null };
        Start(options, Data);

        Resuming(options, more).Should().Throw<ArgumentException>().WithMessage("*class 4 of 3 is missing there, and of 4 'white' here*");
    }

    [Fact]
    public void Fit_ResumedWithFeaturesInAnotherOrder_NamesTheFirstOfThem()
    {
        var options = Options with { FeatureColumnName = "Both" };
        Start(options, Concatenated("X", "Y"));

        Resuming(options, Concatenated("Y", "X")).Should().Throw<ArgumentException>()
            .WithMessage("*feature 1 of 2 is 'X' there, and of 2 'Y' here*");
        Resuming(options, Concatenated("X", "Y")).Should().NotThrow();
    }

    [Fact]
    public void Fit_ResumedByAnotherKindOfTrainer_SaysSo()
    {
        var numbers = Formula.View(Formula.Numbers(300));
        var yesNos = Formula.View(Formula.YesNos(300));
        var options = Formula.Quick with { Epochs = 10 };
        Start(options, numbers, Toy.ML.Regression.Trainers.NeuralNetwork);

        Resuming(options, yesNos, Toy.ML.BinaryClassification.Trainers.NeuralNetwork).Should().Throw<ArgumentException>()
            .WithMessage("*kind of label is Number there and Boolean here*");
        Resuming(options with { RegressionLoss = RegressionLoss.Huber(2) }, numbers, Toy.ML.Regression.Trainers.NeuralNetwork)
            .Should().Throw<ArgumentException>().WithMessage("*RegressionLoss is Squared there and Huber(2) here*");
    }

    public static TheoryData<string, IDataView> OtherRows => new()
    {
        { "other features and labels", Toy.Keyed(Toy.Examples(seed: 4)) },
        { "another order", Toy.Keyed([.. Toy.Examples().Chunk(3).Reverse().SelectMany(rows => rows)]) },
        { "other labels", Toy.Keyed([.. Toy.Examples().Select((row, i) => i == 9 ? WithLabel(row, "blue") : row)]) },
    };

    [Theory]
    [MemberData(nameof(OtherRows))]
    public void Fit_ResumedWithAsManyOtherRows_SaysSo(string what, IDataView others)
    {
        Start(Options, Data);

        Resuming(Options, others).Should().Throw<ArgumentException>(what)
            .WithMessage("*fingerprint of the rows is 120 rows, features * there and 120 rows, features * here*");
    }

    [Fact]
    public void Fit_ResumedWithOtherValidationRows_SaysSo()
    {
        var options = Options with { ValidationFraction = 0, ValidationData = Toy.Keyed(Toy.Examples(rows: 30, seed: 5)) };
        Start(options, Data);

        Resuming(options with { ValidationData = Toy.Keyed(Toy.Examples(rows: 30, seed: 6)) }, Data)
            .Should().Throw<ArgumentException>().WithMessage("*fingerprint of the rows*");
        Resuming(options, Data).Should().NotThrow();
    }

    [Fact]
    public void Fit_ResumedStreamedWithOtherRows_SaysSo()
    {
        var options = Options with { MemoryBudget = 500 };
        Start(options, Data);

        Resuming(options, Toy.Keyed(Toy.Examples(seed: 4))).Should().Throw<ArgumentException>().WithMessage("*is 120 rows, features*");
        Resuming(options, Data).Should().NotThrow();
    }

    [Fact]
    public void Fit_ResumedFromACheckpointWithoutFingerprint_DoesNotCompareRows()
    {
        Start(Options, Data);
        var saved = CheckpointFile.Read(FilePath);
        CheckpointFile.Write(FilePath, saved with
        {
            Description = saved.Description! with { Options = [.. saved.Description.Options.SkipLast(1)] },
        });
        saved.Description.Options[^1].Name.Should().Be("fingerprint of the rows");

        Resuming(Options, Toy.Keyed(Toy.Examples(seed: 4))).Should().NotThrow();
    }

    [Fact]
    public void Fit_ResumedWithPicturesInAnotherOrder_SaysSo()
    {
        Start(Pictures.Quick, Pictures.Keyed());

        Resuming(Pictures.Quick with { Layout = ChannelLayout.ChannelsLast }, Pictures.Keyed(ChannelLayout.ChannelsLast))
            .Should().Throw<ArgumentException>().WithMessage("*Layout is ChannelsFirst there and ChannelsLast here*");
    }

    [Fact]
    public void Fit_ResumedWithBlocksInside_ComparesTheirLayersToo()
    {
        static NeuralNetworkOptions With(float rate) => Toy.Quick with
        {
            Network = net => net.Dense(8).Residual(inner => inner.Dense(8).BatchNorm().Relu().Dropout(rate)).Dense(4),
        };
        Start(With(0.2f), Data);

        Resuming(With(0.2f), Data).Should().NotThrow();
        Resuming(With(0.3f), Data).Should().Throw<ArgumentException>()
            .WithMessage("*residual1.Inner.Layers?3?.Rate is 0.2 there and 0.3 here*");
    }

    [Fact]
    public void Fit_ResumeFromWhatIsNoFile_NamesTheOption()
    {
        Resuming(Options, Data).Should().Throw<ArgumentException>().WithMessage("The option ResumeFrom cannot read*training.checkpoint*");
        FluentActions.Invoking(() => Toy.Trainer(Options with { ResumeFrom = folder }).Fit(Data))
            .Should().Throw<ArgumentException>().WithMessage("The option ResumeFrom cannot read*");
        FluentActions.Invoking(() => Options with { ResumeFrom = "" }).Should().Throw<ArgumentException>().WithParameterName("ResumeFrom");
    }

    [Theory]
    [InlineData("has dense1, batchnorm1, leakyrelu1, dropout1, the option asks for dense1, relu1", 0)]
    [InlineData("its dropout1.Rate is 0.2, the option asks for 0.5", 1)]
    [InlineData("its dense1.Units is 8, the option asks for 16", 2)]
    public void Fit_PreviousModelAndAnotherNetwork_NamesWhatDiffers(string message, int network)
    {
        Func<NetworkDefinition, NetworkDefinition>[] others =
        [
            net => net.Dense(8).Relu(),
            net => net.Dense(8).BatchNorm().LeakyRelu(0.1f).Dropout(0.5f),
            net => net.Dense(16).BatchNorm().LeakyRelu(0.1f).Dropout(0.2f),
        ];
        var previous = Toy.Trainer(Options).Fit(Data).Model;

        FluentActions.Invoking(() => Toy.Trainer(Options with { Network = others[network] }).Fit(Data, previous))
            .Should().Throw<ArgumentException>().WithMessage($"*previous model*option Network*{message}*Leave Network out*");
        FluentActions.Invoking(() => Toy.Trainer(Options with { Network = null }).Fit(Data, previous)).Should().NotThrow();
        FluentActions.Invoking(() => Toy.Trainer(Options with { Initializer = Initializer.Glorot }).Fit(Data, previous))
            .Should().NotThrow();
    }

    [Fact]
    public void Fit_PreviousModelWithEncodedFeatures_TakesTheSameNetwork()
    {
        var options = Options with { NormalizeFeatures = true, Network = NeuralNetworks.Tabular() };
        var previous = Toy.Trainer(options).Fit(Data).Model;
        var normalized = Toy.Trainer(Options with { NormalizeFeatures = true }).Fit(Data).Model;

        FluentActions.Invoking(() => Toy.Trainer(options).Fit(Data, previous)).Should().NotThrow();
        FluentActions.Invoking(() => Toy.Trainer(Options).Fit(Data, normalized)).Should().NotThrow();
    }

    private static NeuralNetworkOptions With(Func<NetworkDefinition, NetworkDefinition> rest) =>
        Options with { Network = net => rest(net.Dense(8)) };

    private static Example<string> WithLabel(Example<string> row, string label) => new() { Label = label, Features = row.Features };

    private static IDataView Concatenated(params string[] columns)
    {
        var rows = Toy.Examples().Select(row => new Point { Label = row.Label, X = row.Features[0], Y = row.Features[1] });
        var view = Toy.ML.Data.LoadFromEnumerable(rows.ToArray());
        return Toy.Keyed(Toy.ML.Transforms.Concatenate("Both", columns).Fit(view).Transform(view));
    }

    private void Start(
        NeuralNetworkOptions options, IDataView data, Func<NeuralNetworkOptions, NeuralNetworkTrainer>? trainer = null)
    {
        using var source = new CancellationTokenSource();
        (trainer ?? Toy.Trainer)(options with
        {
            Checkpoint = new CheckpointOptions(FilePath),
            CancellationToken = source.Token,
            Progress = report =>
            {
                if (report.Epoch == 4)
                    source.Cancel();
            },
        }).Fit(data);
    }

    private Func<object> Resuming(
        NeuralNetworkOptions options, IDataView data, Func<NeuralNetworkOptions, NeuralNetworkTrainer>? trainer = null) =>
        () => (trainer ?? Toy.Trainer)(options with { ResumeFrom = FilePath }).Fit(data);

    private sealed class Point
    {
        public string Label { get; set; } = "";

        public float X { get; set; }

        public float Y { get; set; }
    }
}
