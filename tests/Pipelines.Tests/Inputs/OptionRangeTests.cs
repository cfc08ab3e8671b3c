using System.Reflection;

namespace MLNet.BatchNorm.Pipelines.Tests.Inputs;

/// <summary>Every number that a user can set, on both sides of its range: which values it takes, and that a refusal names it.</summary>
public class OptionRangeTests
{
    // What users are given, not what they set; and sizes, which the options that have them check.
    private static readonly string[] NoOptions = ["Report", "Info", "Point", "Exception", "Size2D", "Padding2D"];

    private static readonly double[] Probes =
    [
        double.NegativeInfinity, int.MinValue, -1.5, -1, -1e-6, 0, 1e-6, 0.5, 0.999, 1, 1.5, 2, 255, 256, int.MaxValue,
        double.PositiveInfinity, double.NaN,
    ];

    private static readonly Dictionary<string, (Func<double, bool> Takes, string[] Options)> Ranges = new()
    {
        ["finite"] = (double.IsFinite,
        [
            "Augmentation.FillValue", "BatchNormDefinition.InitialGamma", "GroupNormDefinition.InitialGamma",
            "InstanceNormDefinition.InitialGamma", "LayerNormDefinition.InitialGamma", "LearnedAffine.Seed", "NeuralNetworkOptions.Seed",
            "NeuralNetworkSearchOptions.Seed", "PReluDefinition.InitialSlope",
        ]),
        ["0 or more"] = (value => value >= 0 && double.IsFinite(value),
        [
            "ActivationDefinition.Alpha", "Adagrad.L1Penalty", "Adagrad.WeightDecay", "Adam.L1Penalty", "Adam.WeightDecay",
            "AdamW.L1Penalty", "AdamW.WeightDecay", "Augmentation.Brightness", "Augmentation.MixUp", "BatchRenormalization.DMax",
            "BatchRenormalization.DMaxReachedAfter", "BatchRenormalization.RMaxReachedAfter", "BatchRenormalization.WarmupBatches",
            "EarlyStopping.MinimumImprovement", "LearnedAffine.Penalty", "ModelLimits.ImpliedParameters", "PlateauSchedule.Cooldown",
            "PlateauSchedule.Patience", "RmsProp.L1Penalty", "RmsProp.WeightDecay", "Sgd.L1Penalty", "Sgd.WeightDecay",
        ]),
        ["positive"] = (value => value > 0 && double.IsFinite(value),
        [
            "Adagrad.ClipNorm", "Adagrad.ClipValue", "Adagrad.Epsilon", "Adagrad.LearningRate", "Adam.ClipNorm", "Adam.ClipValue",
            "Adam.Epsilon", "Adam.LearningRate", "AdamW.ClipNorm", "AdamW.ClipValue", "AdamW.Epsilon", "AdamW.LearningRate",
            "BatchNormDefinition.Epsilon", "BatchNormalizationOptions.Epsilon", "CheckpointOptions.EveryEpochs",
            "CheckpointOptions.EverySteps", "Conv2DDefinition.Filters", "Conv2DDefinition.Groups",
            "Conv2DDefinition.KernelHeight", "Conv2DDefinition.KernelWidth", "DenseDefinition.Units",
            "EarlyStopping.Patience", "GroupNormDefinition.Epsilon", "GroupNormDefinition.Groups", "InstanceNormDefinition.Epsilon",
            "LayerNormDefinition.Epsilon", "LearnedAffine.Epochs", "LearnedAffine.LearningRate",
            "ModelLimits.ActivationsPerRow", "ModelLimits.Layers", "ModelLimits.OperationsPerRow",
            "ModelLimits.PayloadBytes", "NeuralNetworkOptions.BatchProgressEvery", "NeuralNetworkOptions.Epochs",
            "NeuralNetworkOptions.MemoryBudget", "NeuralNetworkOptions.NumberOfThreads",
            "RmsNormDefinition.Epsilon", "RmsProp.ClipNorm", "RmsProp.ClipValue", "RmsProp.Epsilon", "RmsProp.LearningRate",
            "Sgd.ClipNorm", "Sgd.ClipValue", "Sgd.LearningRate", "StepSchedule.Epochs", "WarmUpSchedule.Steps",
        ]),
        ["1 or more"] = (value => value >= 1 && double.IsFinite(value),
            ["BatchRenormalization.RMax", "OneCycleSchedule.FinalDivisor", "OneCycleSchedule.StartDivisor"]),
        ["2 or more"] = (value => value >= 2,
        [
            "BatchNormDefinition.VirtualBatchSize", "LearnedAffine.BatchSize", "MovingAverage.BatchSize", "NeuralNetworkOptions.BatchSize",
            "NeuralNetworkOptions.PreciseStatisticsRows", "NeuralNetworkSearchOptions.Folds",
        ]),
        ["0 to less than 1"] = (value => value is >= 0 and < 1,
        [
            "Adam.Beta1", "Adam.Beta2", "AdamW.Beta1", "AdamW.Beta2", "Augmentation.Contrast", "Augmentation.Shift",
            "CosineSchedule.FinalFactor", "DropoutDefinition.Rate", "NeuralNetworkOptions.LabelSmoothing",
            "NeuralNetworkOptions.ValidationFraction", "OneCycleSchedule.RisingFraction", "PlateauSchedule.MinimumFactor",
            "PlateauSchedule.MinimumImprovement", "RmsProp.Momentum", "RmsProp.Rho", "Sgd.Momentum",
        ]),
        ["more than 0 to 1"] = (value => value is > 0 and <= 1,
        [
            "BatchNormDefinition.Momentum", "ExponentialSchedule.Decay", "MovingAverage.Momentum", "PlateauSchedule.Decay",
            "StepSchedule.Decay",
        ]),
        ["more than 0 to less than 1"] = (value => value is > 0 and < 1, ["NeuralNetworkSearchOptions.ValidationFraction"]),
        ["0 to 0.9"] = (value => value is >= 0 and <= 0.9, ["Augmentation.Scale"]),
        ["0 to 1"] = (value => value is >= 0 and <= 1, ["Augmentation.Cutout"]),
        ["0 to 180"] = (value => value is >= 0 and <= 180, ["Augmentation.RotationDegrees"]),
        ["0 to 255"] = (value => value is >= 0 and <= 255, ["FeatureEncodingDefinition.Bins"]),
    };

    [Fact]
    public void Set_EveryNumber_TakesItsRangeAndNamesItselfOutside()
    {
        var wrong = from range in Ranges
                    from name in range.Value.Options
                    let option = Options[name]
                    from probe in Probes
                    where IsOf(ItemOf(option), probe)
                    let expected = range.Value.Takes(probe) ? "takes it" : "names itself"
                    let found = Set(option, probe)
                    where found != expected
                    select $"{name} = {probe}, {range.Key}: {found}";

        string.Join(Environment.NewLine, wrong).Should().BeEmpty();
    }

    // So that a new option comes with its range.
    [Fact]
    public void Ranges_Always_AreThoseOfAllNumbers() =>
        Options.Keys.Should().BeEquivalentTo(Ranges.Values.SelectMany(range => range.Options));

    [Fact]
    public void Page_Always_SaysHowManyThereAre() =>
        Repository.Read("docs/reliability.md").Should().Contain($"sets every number of every option ({Options.Count} of them)");

    private static Dictionary<string, PropertyInfo> Options { get; } = (
        from known in new[] { typeof(Network), typeof(BatchNormalizationOptions), typeof(NeuralNetworkOptions) }
        from type in known.Assembly.GetExportedTypes()
        where !type.IsAbstract && !NoOptions.Any(type.Name.EndsWith)
        from option in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        where option.SetMethod is { IsPublic: true }
        where new[] { typeof(int), typeof(long), typeof(float), typeof(double) }.Contains(ItemOf(option))
        select option).ToDictionary(option => $"{option.ReflectedType!.Name}.{option.Name}");

    private static string Set(PropertyInfo option, double value)
    {
        var options = Instance(option.ReflectedType!);
        try
        {
            option.SetValue(options, Convert.ChangeType(value, ItemOf(option)));
            return "takes it";
        }
        catch (TargetInvocationException thrown) when (thrown.InnerException is ArgumentException reason)
        {
            return reason.ParamName == option.Name && reason.Message.Contains(option.Name) ? "names itself" : reason.Message;
        }
    }

    private static Type ItemOf(PropertyInfo option) => Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType;

    private static bool IsOf(Type type, double probe) => type == typeof(float) || type == typeof(double) || double.IsInteger(probe);

    private static object Instance(Type type)
    {
        var constructor = type.GetConstructors().MinBy(candidate => candidate.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Argument(parameter.ParameterType))]);
    }

    private static object Argument(Type type) =>
        type == typeof(int) ? 2
        : type == typeof(float) ? 0.5f
        : type == typeof(string) ? "path"
        : type == typeof(NetworkDefinition) ? NetworkDefinition.Empty.Relu()
        : type == typeof(LearningRateSchedule) ? new ConstantSchedule()
        : type.IsEnum ? Enum.GetValues(type).GetValue(0)!
        : Activator.CreateInstance(type)!;
}
