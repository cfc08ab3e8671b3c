using Microsoft.ML;

namespace MLNet.BatchNorm.Pipelines.Tests;

public class NeuralNetworkOptionsTests
{
    private static readonly NeuralNetworkOptions Valid = new();

    [Fact]
    public void Defaults_Always_AreTheDocumentedOnes()
    {
        Valid.LabelColumnName.Should().Be("Label");
        Valid.FeatureColumnName.Should().Be("Features");
        Valid.ExampleWeightColumnName.Should().BeNull();
        Valid.Epochs.Should().BeNull();
        Valid.BatchSize.Should().BeNull();
        Valid.ValidationFraction.Should().Be(0);
        Valid.Seed.Should().BeNull();
        Valid.Optimizer.Should().BeNull();
    }

    [Fact]
    public void Set_ValueOutOfRange_NamesTheOption()
    {
        Refused(() => Valid with { Epochs = 0 }, "Epochs");
        Refused(() => Valid with { BatchSize = 1 }, "BatchSize");
        Refused(() => Valid with { ValidationFraction = 1 }, "ValidationFraction");
        Refused(() => Valid with { ValidationFraction = -0.1f }, "ValidationFraction");
        Refused(() => Valid with { ValidationFraction = float.NaN }, "ValidationFraction");
        Refused(() => Valid with { LabelSmoothing = 1 }, "LabelSmoothing");
        Refused(() => Valid with { BatchProgressEvery = 0 }, "BatchProgressEvery");
        Refused(() => Valid with { MemoryBudget = 0 }, "MemoryBudget");
        Refused(() => Valid with { NumberOfThreads = 0 }, "NumberOfThreads");
        Refused(() => Valid with { MissingValues = (MissingValueHandling)4 }, "MissingValues");
        Refused(() => Valid with { MissingValues = MissingValueHandling.Ignore }, "MissingValues");
        Refused(() => Valid with { MissingValues = MissingValueHandling.ReplaceWithMean }, "MissingValues");
    }

    [Fact]
    public void Set_Null_NamesTheOption()
    {
        Missing(() => Valid with { LabelColumnName = null! }, "LabelColumnName");
        Missing(() => Valid with { FeatureColumnName = null! }, "FeatureColumnName");
        Missing(() => Valid with { Initializer = null! }, "Initializer");
        Missing(() => Valid with { Schedule = null! }, "Schedule");
    }

    [Fact]
    public void Trainer_NoOptionsOrCatalog_NamesTheArgument()
    {
        Missing(() => Toy.ML.MulticlassClassification.Trainers.NeuralNetwork(options: null!), "options");
        Missing(() => ((MulticlassClassificationCatalog.MulticlassClassificationTrainers)null!).NeuralNetwork(Valid), "catalog");
    }

    private static void Refused(Func<object> set, string name) =>
        set.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"{name} must be*").WithParameterName(name);

    private static void Missing(Func<object> set, string name) => set.Should().Throw<ArgumentNullException>().WithParameterName(name);
}
