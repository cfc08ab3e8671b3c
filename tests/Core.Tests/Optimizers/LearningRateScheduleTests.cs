using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Optimizers;

public class LearningRateScheduleTests
{
    private static readonly Golden Golden = new("schedules.json");

    public static TheoryData<string, LearningRateSchedule> Schedules => new()
    {
        { "step", new StepSchedule(3) { Decay = 0.5f } },
        { "exponential", new ExponentialSchedule(0.9f) },
        { "cosine", new CosineSchedule { FinalFactor = 0.1f } },
        { "one_cycle", new OneCycleSchedule() },
        { "plateau", new PlateauSchedule { Decay = 0.5f, Patience = 2, Cooldown = 1 } },
    };

    public static TheoryData<string, Func<object>> BadOptions => new()
    {
        { "Epochs must be positive*", () => new StepSchedule(0) },
        { "Decay must be greater than 0 and at most 1*", () => new StepSchedule(1) { Decay = 0 } },
        { "Decay must be greater than 0 and at most 1*", () => new ExponentialSchedule(1.1f) },
        { "FinalFactor must be at least 0 and less than 1*", () => new CosineSchedule { FinalFactor = 1 } },
        { "StartDivisor must be at least 1*", () => new OneCycleSchedule { StartDivisor = 0.5f } },
        { "Patience must be 0 or more*", () => new PlateauSchedule { Patience = -1 } },
        { "Steps must be positive*", () => new ConstantSchedule().WithWarmUp(0) },
    };

    // One step per epoch, as PyTorch counts.
    [Theory]
    [MemberData(nameof(Schedules))]
    public void Factor_MatchesPyTorch(string key, LearningRateSchedule schedule)
    {
        var losses = Golden.Doubles("losses");
        var expected = Golden.Doubles(key);

        var factors = expected.Select((_, step) => schedule.Factor(new ScheduleProgress(step, Golden.Int("steps"), losses[..step])));

        factors.Zip(expected, (ours, theirs) => Math.Abs(ours - theirs)).Max().Should().BeLessThan(1e-6);   // options are float32
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void DependsOnEpochs_IsWhetherTheFactorDependsOnTheTotal(string _, LearningRateSchedule schedule)
    {
        double Factor(long total) => schedule.Factor(new ScheduleProgress(7, total, [2, 1]));

        schedule.DependsOnEpochs.Should().Be(Factor(20) != Factor(40));
        schedule.WithWarmUp(2).DependsOnEpochs.Should().Be(schedule.DependsOnEpochs);
    }

    [Fact]
    public void Factor_OneCycle_EndsAtAlmostNothing() =>
        new OneCycleSchedule().Factor(new ScheduleProgress(19, 20, [])).Should().BeApproximately(1 / 25e4, 1e-9);   // double

    [Fact]
    public void Factor_OneCycleOfOneStep_IsANumber() =>
        new OneCycleSchedule().Factor(new ScheduleProgress(0, 1, [])).Should().BeInRange(0, 1);

    [Fact]
    public void Factor_PlateauAtItsMinimum_StaysThere()
    {
        var schedule = new PlateauSchedule { Patience = 0, MinimumFactor = 0.05f };

        schedule.Factor(new ScheduleProgress(0, 9, [1, 1, 1, 1, 1])).Should().BeApproximately(0.05, 1e-8);   // a float32 option
    }

    [Fact]
    public void Factor_PlateauOfEqualLossesWithoutMinimumImprovement_Decays()
    {
        var schedule = new PlateauSchedule { Patience = 1, MinimumImprovement = 0, Decay = 0.5f };

        double Factor(params double[] losses) => schedule.Factor(new ScheduleProgress(0, 9, losses));

        Factor(1, 1).Should().Be(1);
        Factor(1, 1, 1).Should().Be(0.5);
        Factor(1, 1, Math.BitDecrement(1)).Should().Be(1);
    }

    [Fact]
    public void WithWarmUp_RisesAndLeavesTheRestToTheOther()
    {
        var schedule = new CosineSchedule().WithWarmUp(3);

        double Factor(int step) => schedule.Factor(new ScheduleProgress(step, 13, []));

        Enumerable.Range(0, 4).Select(Factor).Should().Equal(0.25, 0.5, 0.75, 1);
        Factor(8).Should().BeApproximately(0.5, 1e-12);   // half of the ten steps that are left
        Factor(13).Should().BeApproximately(0, 1e-12);
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Make_BadOption_NamesItAndWhatItMustBe(string message, Func<object> make) =>
        make.Should().Throw<ArgumentException>().WithMessage(message);
}
