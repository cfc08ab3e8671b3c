using static MLNet.BatchNorm.Pipelines.Tests.Mistakes.Mistakes;

namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>Options out of their range, and options that do not go together.</summary>
internal static class OptionMistakes
{
    public static readonly Dictionary<string, Mistake> All = new()
    {
        ["batches of one row"] = Range(() => _ = Options with { BatchSize = 1 }, "BatchSize", "at least 2", "1"),
        ["no epochs"] = Range(() => _ = Options with { Epochs = 0 }, "Epochs", "positive", "0"),
        ["no threads"] = Range(() => _ = Options with { NumberOfThreads = 0 }, "NumberOfThreads", "positive", "0"),
        ["time limit behind us"] =
            Range(() => _ = Options with { TimeLimit = TimeSpan.FromSeconds(-1) }, "TimeLimit", "positive", "-00:00:01"),
        ["learning rate below 0"] = Range(() => _ = new Adam { LearningRate = -0.1f }, "LearningRate", "positive", "-0.1"),
        ["Adam that forgets nothing"] = Range(() => _ = new Adam { Beta1 = 1 }, "Beta1", "less than 1", "1"),
        ["momentum of batch norm over 1"] =
            Range(() => NetworkDefinition.Empty.BatchNorm(momentum: 1.5f), "Momentum", "at most 1", "1.5"),
        ["no epsilon"] = Range(() => NetworkDefinition.Empty.BatchNorm(epsilon: 0), "Epsilon", "positive", "0"),
        ["dropout in percent"] =
            new(() => NetworkDefinition.Empty.Dropout(20), "Rate", "at least 0 and less than 1", "20", "20 percent is 0.2"),
        ["validation rows in percent"] =
            new(() => _ = Options with { ValidationFraction = 25 }, "ValidationFraction", "less than 1", "25", "25 percent is 0.25"),
        ["all dropped out"] = Range(() => NetworkDefinition.Empty.Dropout(1), "Rate", "less than 1", "1"),
        ["no units"] = Range(() => NetworkDefinition.Empty.Dense(0), "Units", "positive", "0"),
        ["quantile in percent"] = Range(() => RegressionLoss.Quantile(5), "tau", "less than 1", "5"),
        ["schedule without steps"] = Range(() => _ = new StepSchedule(0), "Epochs", "positive", "0"),
        ["learning rates the wrong way round"] = new(
            () => Toy.Trainer(Options).FindLearningRate(Classes, lowest: 1, highest: 0.1f),
            "highest", "more than the lowest", "0.1", "must be more"),
        ["early stopping without validation rows"] = new(
            () => FitClasses(Classes, options => options with { EarlyStopping = new() }),
            "EarlyStopping", "validation rows", "needs", "Set ValidationFraction or ValidationData"),
        ["two kinds of validation rows"] = new(
            () => FitClasses(Classes, options => options with { ValidationData = Classes, ValidationFraction = 0.2f }),
            "ValidationData", "one of them", "Both", "Set one of them"),
        ["too few class weights"] = new(
            () => FitClasses(Classes, options => options with { ClassWeights = ClassWeights.Of(1, 2) }),
            "ClassWeights", "3 classes", "2 weights", "Give one for each class"),
        ["class weights for numbers"] = new(
            () => FitNumbers(Numbers, options => options with { ClassWeights = ClassWeights.Balanced }),
            "ClassWeights", "a label that is a class", "needs", "Use ExampleWeightColumnName"),
        ["a loss of numbers for classes"] = new(
            () => FitClasses(Classes, options => options with { RegressionLoss = RegressionLoss.Huber() }),
            "RegressionLoss", "a label that is a number", "Huber(1)", "Leave it out"),
        ["label smoothing for numbers"] = new(
            () => FitNumbers(Numbers, options => options with { LabelSmoothing = 0.1f }),
            "LabelSmoothing", "a label that is a class", "needs", "Leave it 0"),
        ["a network that is given back as null"] = new(
            () => FitClasses(Classes, options => options with { Network = _ => null! }),
            "Network", "the definition it builds", "returned null", "net => net.Dense(64)"),
        ["learning rate far too high"] = new(
            () => FitClasses(Classes, options => options with
            {
                Network = net => net.Dense(8).Relu(),
                Optimizer = new Sgd { LearningRate = 1e20f },
            }),
            "The loss", "finite", "NaN in epoch 1", "Lower the learning rate (it is 1E+20)"),
        ["a stream that is closed"] = new(
            () => Network.Load(new MemoryStream([], writable: false).Closed()), "stream", "open for reading", "closed", "must be open"),
        ["a stream for reading only"] = new(
            () => ModelMistakes.Network.SaveAsOnnx(new MemoryStream([], writable: false)),
            "stream", "open for writing", "reading only", "must be open"),
    };

    // The range is what to do.
    private static Mistake Range(Action make, string option, string range, string value) =>
        new(make, option, range, $"Actual value was {value}", range);

    private static MemoryStream Closed(this MemoryStream stream)
    {
        stream.Close();
        return stream;
    }
}
