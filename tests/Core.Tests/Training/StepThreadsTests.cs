using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Numerics;
using MLNet.BatchNorm.Core.Training;

namespace MLNet.BatchNorm.Core.Tests.Training;

[Collection(nameof(WorkersAlone))]
public class StepThreadsTests
{
    private readonly StoppedClock clock = new();

    [Fact]
    public void Start_StepsThatAreFasterAlone_EndsWithOneThread()
    {
        using var most = new MaxThreads(8);

        Run(steps: 400, microseconds: threads => 100 + 10 * threads).Should().Be(1);
    }

    [Fact]
    public void Start_StepsThatTwoThreadsHalve_StaysWithAllAndTriesEverMoreSeldom()
    {
        using var most = new MaxThreads(2);
        var alone = 0;

        Run(steps: 20_000, microseconds: threads => threads == 1 ? Count(ref alone, 200) : 100).Should().Be(2);

        alone.Should().BeInRange(StepThreads.StepsOfTrial, 10 * StepThreads.StepsOfTrial);
    }

    [Fact]
    public void Start_NoGainFromMoreThreads_LeavesThemToOthers()
    {
        using var most = new MaxThreads(2);

        Run(steps: 400, microseconds: threads => threads == 2 ? 98 : 100).Should().Be(1);
    }

    [Fact]
    public void Start_MachineThatChanges_ChangesToo()
    {
        using var most = new MaxThreads(4);
        var done = 0;

        Run(steps: 3_000, microseconds: threads => done++ < 1_000 ? 100 * threads : 400 / threads).Should().Be(4);
    }

    [Fact]
    public void Start_LongSteps_AreNeverTriedWithFewerThreads()
    {
        using var most = new MaxThreads(4);
        var fewest = int.MaxValue;

        Run(steps: 500, microseconds: threads => 20_000 + (fewest = Math.Min(fewest, threads)));

        fewest.Should().Be(4);
    }

    [Fact]
    public void Start_LongStepsAndShortLastBatches_AreNeverTriedWithFewerThreads()
    {
        using var most = new MaxThreads(4);
        var (done, fewest) = (0, int.MaxValue);

        Run(steps: 1_000, microseconds: threads =>
        {
            fewest = Math.Min(fewest, threads);
            return ++done % 10 == 0 ? 1_000 : 20_000;
        });

        fewest.Should().Be(4);
    }

    [Fact]
    public void Start_OneOfTheShortStepsHeldUp_StillStartsTheTrial()
    {
        using var most = new MaxThreads(4);
        var threads = new StepThreads(clock);

        for (var step = 1; step <= StepThreads.LeastSteps; step++)
            Time(threads, _ => step == StepThreads.LeastSteps ? 20_000 : 100);

        threads.IsTrying.Should().BeTrue();
    }

    [Fact]
    public void Start_LongStepsThatBecomeShort_AreTriedWithFewerThreads()
    {
        using var most = new MaxThreads(4);
        var done = 0;

        Run(steps: 1_000, microseconds: threads => done++ < 300 ? 20_000 : 100 + 10 * threads).Should().Be(1);
    }

    [Fact]
    public void Start_LongStepsOnFewerThreadsThanThereAre_AreTriedWithMoreAgain()
    {
        using var most = new MaxThreads(2);
        var done = 0;

        Run(steps: 1_000, microseconds: threads => done++ < 200 ? (threads == 2 ? 2_990 : 3_100) : 3_100 / threads).Should().Be(2);
    }

    [Fact]
    public void Start_AStep_LimitsItsThreadsAndNoneAfterIt()
    {
        using var most = new MaxThreads(2);
        var threads = new StepThreads(clock);
        for (var step = 0; step < 400; step++)
            Time(threads, number => 100 * number);

        using (threads.Start())
            BlockRunner.Threads.Should().Be(1);

        BlockRunner.Threads.Should().Be(2);
    }

    [Fact]
    public void Start_FewerThreadsAllowedThanBefore_UsesNoMore()
    {
        using var most = new MaxThreads(8);
        var threads = new StepThreads(clock);
        Time(threads, _ => 100);

        NumericsThreads.Max = 3;

        using (threads.Start())
            BlockRunner.Threads.Should().Be(3);
    }

    [Fact]
    public void Start_FewerThreadsAllowedDuringATrial_ForgetsWhatThatHadStillToTry()
    {
        using var most = new MaxThreads(8);
        var threads = new StepThreads(clock);
        while (!threads.IsTrying)
            Time(threads, _ => 100);

        NumericsThreads.Max = 2;
        Time(threads, _ => 100);
        while (!threads.IsTrying)
            Time(threads, _ => 100);

        threads.Threads.Should().Be(1);
    }

    private static int Count(ref int calls, int value)
    {
        calls++;
        return value;
    }

    // The number of threads after so many steps, and after the trial that may be under way then.
    private int Run(int steps, Func<int, int> microseconds)
    {
        var threads = new StepThreads(clock);
        for (var step = 0; step < steps || threads.IsTrying; step++)
            Time(threads, microseconds);
        return threads.Threads;
    }

    private void Time(StepThreads threads, Func<int, int> microseconds)
    {
        using var step = threads.Start();
        clock.Microseconds += microseconds(BlockRunner.Threads);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public long Microseconds { get; set; }

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => Microseconds;
    }
}
