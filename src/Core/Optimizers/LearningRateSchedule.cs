using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// How the learning rate changes in the course of training: a factor on <see cref="Optimizer.LearningRate"/> for every step. Immutable, and
/// a function of how far training is, so that a resumed run goes on as if it had never stopped.
/// </summary>
/// <example>
/// <code>
/// LearningRateSchedule schedule = new CosineSchedule().WithWarmUp(steps: 20);
/// var trainer = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(new NeuralNetworkOptions { Schedule = schedule, Epochs = 10 });
/// </code>
/// </example>
public abstract record LearningRateSchedule
{
    private protected LearningRateSchedule()
    {
    }

    /// <summary>Puts a linear warm-up in front: the factor rises over the first steps to where this schedule starts.</summary>
    /// <param name="steps">How many steps (batches) it takes; positive.</param>
    /// <returns>Both as one schedule.</returns>
    public LearningRateSchedule WithWarmUp(int steps) => new WarmUpSchedule(steps, this);

    /// <summary>Whether the factor depends on how many steps the whole training has.</summary>
    internal virtual bool DependsOnEpochs => false;

    /// <summary>The factor for the step at hand.</summary>
    internal abstract double Factor(ScheduleProgress progress);
}

/// <summary>The learning rate stays as it is.</summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Sgd { LearningRate = 0.05f, Momentum = 0.9f },
///     Schedule = new ConstantSchedule(),
///     Epochs = 5,
/// });
/// Console.WriteLine(trainer.Fit(data).Model.History[^1].LearningRate);   // 0.05
/// </code>
/// </example>
public sealed record ConstantSchedule : LearningRateSchedule
{
    internal override double Factor(ScheduleProgress progress) => 1;
}

/// <summary>The learning rate is multiplied by <see cref="Decay"/> every few epochs (PyTorch: StepLR).</summary>
/// <param name="Epochs">After how many epochs each time; positive.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Sgd { LearningRate = 0.1f, Momentum = 0.9f },
///     Schedule = new StepSchedule(Epochs: 30) { Decay = 0.1f },
///     Epochs = 90,
/// });
/// </code>
/// </example>
public sealed record StepSchedule(int Epochs) : LearningRateSchedule
{
    /// <summary>After how many epochs each time; positive.</summary>
    public int Epochs { get; init => field = Require.Positive(value); } = Require.Positive(Epochs);

    /// <summary>The factor each time; greater than 0 and at most 1; default 0.1.</summary>
    public float Decay { get; init => field = Require.PositiveFraction(value); } = 0.1f;

    internal override double Factor(ScheduleProgress progress) => Math.Pow(Decay, progress.Epoch / Epochs);
}

/// <summary>The learning rate is multiplied by the same factor after every epoch (PyTorch: ExponentialLR).</summary>
/// <param name="Decay">The factor; greater than 0 and at most 1.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Adam { LearningRate = 0.01f },
///     Schedule = new ExponentialSchedule(0.5f),
///     Epochs = 3,
/// });
/// TrainingHistory history = trainer.Fit(data).Model.History;
/// Console.WriteLine(string.Join(", ", history.Select(epoch => epoch.LearningRate)));   // 0.01, 0.005, 0.0025
/// </code>
/// </example>
public sealed record ExponentialSchedule(float Decay) : LearningRateSchedule
{
    /// <summary>The factor; greater than 0 and at most 1.</summary>
    public float Decay { get; init => field = Require.PositiveFraction(value); } = Require.PositiveFraction(Decay);

    internal override double Factor(ScheduleProgress progress) => Math.Pow(Decay, progress.Epoch);
}

/// <summary>
/// The learning rate falls along half a cosine, step by step, over the whole training (Loshchilov and Hutter, 2017, arXiv:1608.03983,
/// without restarts; PyTorch: CosineAnnealingLR).
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Schedule = new CosineSchedule { FinalFactor = 0.1f }.WithWarmUp(steps: 10),
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>Factor at the end; at least 0, less than 1; default 0.</summary>
    public float FinalFactor { get; init => field = Require.FractionBelowOne(value); }

    internal override bool DependsOnEpochs => true;

    internal override double Factor(ScheduleProgress progress) =>
        FinalFactor + (1 - FinalFactor) * (1 + Math.Cos(Math.PI * progress.Step / progress.TotalSteps)) / 2;
}

/// <summary>
/// The learning rate rises to its full value and then falls to almost nothing, both along half a cosine (Smith and Topin, 2018,
/// arXiv:1708.07120; PyTorch: OneCycleLR without its cycle of the momentum). The optimizer's learning rate is the peak.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Optimizer = new Adam { LearningRate = 0.01f },     // the peak
///     Schedule = new OneCycleSchedule { RisingFraction = 0.2f },
///     Epochs = 10,
/// });
/// </code>
/// </example>
public sealed record OneCycleSchedule : LearningRateSchedule
{
    /// <summary>Share of the steps that rise; at least 0, less than 1; default 0.3.</summary>
    public float RisingFraction { get; init => field = Require.FractionBelowOne(value); } = 0.3f;

    /// <summary>Peak divided by start; finite and at least 1; default 25.</summary>
    public float StartDivisor { get; init => field = Require.AtLeast(1, Require.Finite(value)); } = 25;

    /// <summary>Start divided by end; finite and at least 1; default 10000.</summary>
    public float FinalDivisor { get; init => field = Require.AtLeast(1, Require.Finite(value)); } = 1e4f;

    internal override bool DependsOnEpochs => true;

    internal override double Factor(ScheduleProgress progress)
    {
        var start = 1.0 / StartDivisor;
        var peak = Math.Max(0, (double)RisingFraction * progress.TotalSteps - 1);
        var last = progress.TotalSteps - 1;
        return progress.Step <= peak && peak > 0
            ? Between(start, 1, progress.Step / peak)
            : Between(1, start / FinalDivisor, last > peak ? (progress.Step - peak) / (last - peak) : 1);
    }

    private static double Between(double from, double to, double share) => to + (from - to) * (1 + Math.Cos(Math.PI * share)) / 2;
}

/// <summary>
/// A linear warm-up in front of another schedule (Goyal et al., 2017, arXiv:1706.02677): the first step takes 1 / (steps + 1) of what the
/// other one starts with, and so on. The other one has the steps that are left.
/// </summary>
/// <param name="Steps">How many steps (batches) it takes; positive.</param>
/// <param name="Then">What follows.</param>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Schedule = new CosineSchedule().WithWarmUp(steps: 50),   // a WarmUpSchedule(50, new CosineSchedule())
///     Epochs = 20,
/// });
/// </code>
/// </example>
public sealed record WarmUpSchedule(int Steps, LearningRateSchedule Then) : LearningRateSchedule
{
    /// <summary>How many steps (batches) it takes; positive.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = Require.Positive(Steps);

    /// <summary>What follows.</summary>
    public LearningRateSchedule Then { get; init => field = Require.NotNull(value); } = Require.NotNull(Then);

    internal override bool DependsOnEpochs => Then.DependsOnEpochs;

    internal override double Factor(ScheduleProgress progress)
    {
        var left = progress with { Step = Math.Max(0, progress.Step - Steps), TotalSteps = Math.Max(1, progress.TotalSteps - Steps) };
        var share = progress.Step < Steps ? (progress.Step + 1.0) / (Steps + 1) : 1;
        return share * Then.Factor(left);
    }
}
