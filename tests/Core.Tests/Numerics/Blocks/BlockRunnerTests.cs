using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Numerics;

[Collection(nameof(WorkersAlone))]
public sealed class BlockRunnerTests
{
    private const long Large = 1_000_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Run_LargeWork_RunsEveryBlockOnce(int blocks)
    {
        using var most = new MaxThreads(4);
        var counts = new int[blocks];
        for (var repeat = 1; repeat <= 50; repeat++)
        {
            var job = new CountJob(counts);
            BlockRunner.Run(ref job, blocks, Large);
            counts.Should().Equal(Enumerable.Repeat(repeat, blocks));
        }
    }

    [Fact]
    public void Run_BlocksThatWaitForEachOther_RunOnTwoThreads()
    {
        using var most = new MaxThreads(2);
        using var met = new Barrier(2);
        var job = new MeetJob(met, new bool[2]);
        BlockRunner.Run(ref job, 2, Large);
        job.Met.Should().Equal(true, true);
    }

    [Fact]
    public void Run_SmallWork_StaysOnTheCaller()
    {
        using var most = new MaxThreads(2);
        using var met = new Barrier(2);
        var awake = new MeetJob(met, new bool[2]);
        BlockRunner.Run(ref awake, 2, Large);
        var job = new ThreadJob(new int[64]);
        BlockRunner.Run(ref job, 64, operations: 1000);
        job.Threads.Should().OnlyContain(id => id == Environment.CurrentManagedThreadId, "the work is too small");
    }

    [Fact]
    public void Limit_One_StaysOnTheCallerUntilDisposed()
    {
        using var most = new MaxThreads(4);
        using (BlockRunner.Limit(1))
        {
            BlockRunner.Threads.Should().Be(1);
            var job = new ThreadJob(new int[64]);
            BlockRunner.Run(ref job, 64, Large);
            job.Threads.Should().OnlyContain(id => id == Environment.CurrentManagedThreadId);
        }

        BlockRunner.Threads.Should().Be(4);
    }

    [Fact]
    public void Limit_InsideAnother_GivesTheOuterOneBack()
    {
        using var most = new MaxThreads(8);
        using (BlockRunner.Limit(5))
        {
            using (BlockRunner.Limit(2))
                BlockRunner.Threads.Should().Be(2);
            BlockRunner.Threads.Should().Be(5);
        }

        BlockRunner.Threads.Should().Be(8);
    }

    [Fact]
    public void Limit_MoreThanMax_IsMax()
    {
        using var most = new MaxThreads(4);
        using var limit = BlockRunner.Limit(8);

        BlockRunner.Threads.Should().Be(4);
    }

    [Fact]
    public void Limit_LessThanOne_IsRefused()
    {
        var act = () =>
        {
            using var limit = BlockRunner.Limit(0);
        };

        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("threads");
    }

    [Fact]
    public void Run_SeveralCallersAtOnce_EachRunsItsOwnBlocks()
    {
        using var most = new MaxThreads(3);
        var counts = Enumerable.Range(0, 8).Select(_ => new int[100]).ToArray();
        Parallel.For(0, counts.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, caller =>
        {
            for (var repeat = 0; repeat < 200; repeat++)
            {
                var job = new CountJob(counts[caller]);
                BlockRunner.Run(ref job, 100, Large);
            }
        });
        counts.SelectMany(own => own).Should().OnlyContain(count => count == 200);
    }

    [Fact]
    public void Run_JobInsideAJob_RunsEveryInnerBlock()
    {
        using var most = new MaxThreads(3);
        var job = new NestedJob(Enumerable.Range(0, 20).Select(_ => new int[10]).ToArray());
        BlockRunner.Run(ref job, 20, Large);
        job.Inner.SelectMany(own => own).Should().OnlyContain(count => count == 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_BlockThrows_CallerGetsItAndTheNextJobRuns(bool onTheCaller)
    {
        using var most = new MaxThreads(2);
        using var met = new Barrier(2);
        var caller = Environment.CurrentManagedThreadId;
        var act = () =>
        {
            var job = new ThrowJob(met, caller, onTheCaller);
            BlockRunner.Run(ref job, 2, Large);
        };
        act.Should().Throw<InvalidOperationException>().WithMessage("thrown by a block");

        var counts = new int[30];
        var next = new CountJob(counts);
        BlockRunner.Run(ref next, 30, Large);
        counts.Should().OnlyContain(count => count == 1);
    }

    [Fact]
    public void Run_AfterTheFirstCall_AllocatesNothing()
    {
        using var most = new MaxThreads(2);
        var counts = new int[16];
        var job = new CountJob(counts);

        Allocations.Of(() =>
        {
            for (var repeat = 0; repeat < 100; repeat++)
                BlockRunner.Run(ref job, 16, Large);
        }).Should().Be(0);
    }

    [Fact]
    public void Run_TooManyBlocks_Throws()
    {
        var act = () =>
        {
            var job = new CountJob([]);
            BlockRunner.Run(ref job, BlockRunner.MaxBlocks + 1, Large);
        };
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("blocks");
    }

    private readonly struct CountJob(int[] counts) : IBlockJob
    {
        public void Run(int block) => Interlocked.Increment(ref counts[block]);
    }

    private readonly struct ThreadJob(int[] threads) : IBlockJob
    {
        public int[] Threads => threads;

        // Long enough for a worker to take a block too, if it may.
        public void Run(int block)
        {
            threads[block] = Environment.CurrentManagedThreadId;
            Thread.Sleep(1);
        }
    }

    private readonly struct MeetJob(Barrier barrier, bool[] met) : IBlockJob
    {
        public bool[] Met => met;

        public void Run(int block) => met[block] = barrier.SignalAndWait(TimeSpan.FromSeconds(30));
    }

    private readonly struct NestedJob(int[][] inner) : IBlockJob
    {
        public int[][] Inner => inner;

        public void Run(int block)
        {
            var job = new CountJob(inner[block]);
            BlockRunner.Run(ref job, inner[block].Length, Large);
        }
    }

    // Both threads have a block before one of them throws.
    private readonly struct ThrowJob(Barrier barrier, int caller, bool onTheCaller) : IBlockJob
    {
        public void Run(int block)
        {
            barrier.SignalAndWait(TimeSpan.FromSeconds(30)).Should().BeTrue();
            if ((Environment.CurrentManagedThreadId == caller) == onTheCaller)
                throw new InvalidOperationException("thrown by a block");
        }
    }
}
