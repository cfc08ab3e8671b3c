using System.Diagnostics;
using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>
/// What a user's code throws comes out of a Fit on two threads as it is, and none of them stays. Counts the threads of the process, and so
/// runs while no other test does.
/// </summary>
[CollectionDefinition(nameof(FaultThreadTests), DisableParallelization = true)]
[Collection(nameof(FaultThreadTests))]
public class FaultThreadTests
{
    private const int Faults = 20;

    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    // Layers and batches so large that both threads work.
    private static readonly NeuralNetworkOptions Options = Toy.Quick with
    {
        Network = net => net.Dense(256).BatchNorm().Relu().Dense(256),
        BatchSize = 60,
        Epochs = 3,
        PreciseStatisticsRows = 100,
        BatchProgressEvery = 1,
        NumberOfThreads = 2,
    };

    [Theory]
    [InlineData("network")]
    [InlineData("learning rate factor")]
    [InlineData("batch")]
    [InlineData("epoch")]
    [InlineData("row")]
    [InlineData("row", 0, 120)]   // the last of the first pass
    [InlineData("row", 1)]
    [InlineData("row", 3)]        // for precise statistics
    [InlineData("validation row")]
    [InlineData("validation row", 1)]
    public void Fit_OnTwoThreadsAndUsersCodeThrows_ItComesOutAsItIsAndNoThreadStays(string what, int afterEpochs = 0, int at = 1)
    {
        Fit("nothing", afterEpochs, at, new TimeoutException());   // the threads of the library stay, and wait for the next
        var (threads, limit) = (Threads(), BlockRunner.Threads);

        for (var i = 0; i < Faults; i++)
        {
            var fault = new TimeoutException(what);
            FluentActions.Invoking(() => Fit(what, afterEpochs, at, fault)).Should().Throw<Exception>(what).Which.Should().BeSameAs(fault);
        }

        BlockRunner.Threads.Should().Be(limit);
        // The thread pool and the test runner may start some of their own.
        SpinWait.SpinUntil(() => Threads() < threads + Faults / 2, TimeSpan.FromSeconds(10))
            .Should().BeTrue($"there were {threads} threads before, and after {Faults} faults there are {Threads()}");
    }

    // Streamed where rows are to be read again after the first epoch.
    private static void Fit(string what, int afterEpochs, int at, Exception fault)
    {
        var (epochs, count, network) = (0, 0, Options.Network!);
        var data = new DataViewSpy(Data) { BeforeRow = () => Pass("row") };
        var validation = new DataViewSpy(Data) { BeforeRow = () => Pass("validation row") };
        var options = Options with
        {
            MemoryBudget = afterEpochs > 0 ? 500 : 1L << 30,
            ValidationData = validation,
            LearningRateFactor = _ =>
            {
                Pass("learning rate factor");
                return 1;
            },
            Network = net =>
            {
                Pass("network");
                return network(net);
            },
            Progress = report =>
            {
                Pass("epoch");
                epochs = report.Epoch;
            },
            BatchProgress = _ => Pass("batch"),
        };
        try
        {
            Toy.Trainer(options).Fit(data);
        }
        finally
        {
            data.Cursors.Concat(validation.Cursors).Where(cursor => cursor.Disposals != 1).Should().BeEmpty();
        }

        void Pass(string passed)
        {
            if (passed == what && epochs >= afterEpochs && ++count == at)
                throw fault;
        }
    }

    private static int Threads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }
}
