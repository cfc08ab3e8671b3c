using Microsoft.ML;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm.Pipelines.Tests.Training;

/// <summary>What a user's own code throws comes out of Fit as it is, and the next Fit finds everything as it was.</summary>
public sealed class FaultTests : IDisposable
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    private static readonly NeuralNetworkOptions Options = Toy.Quick with
    {
        Network = net => net.Dense(8).BatchNorm().Relu().Dropout(0.2f),
        ValidationFraction = 0.2f,
        Epochs = 6,
        NumberOfThreads = 1,
        BatchProgressEvery = 1,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("faults-").FullName;

    public static TheoryData<string, Func<Exception, NeuralNetworkOptions>> Faults => new()
    {
        { "network", fault => Options with { Network = _ => throw fault } },
        { "progress", fault => Options with { Progress = report => ThrowAt(report.Epoch == 2, fault) } },
        { "last progress", fault => Options with { Progress = report => ThrowAt(report.Epoch == 6, fault) } },
        { "batch progress", fault => Options with { BatchProgress = report => ThrowAt(report is { Epoch: 2, Step: 2 }, fault) } },
    };

    private string FilePath => Path.Combine(folder, "training.checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fit_UsersCodeThrows_ItComesOutAsItIs(string what, Func<Exception, NeuralNetworkOptions> options)
    {
        var fault = new TimeoutException(what);

        FitsThatThrow(() => Toy.Trainer(options(fault) with { Checkpoint = new CheckpointOptions(FilePath) }).Fit(Data), fault);
    }

    [Theory]
    [InlineData(1L << 30, 1)]
    [InlineData(100, 1)]
    [InlineData(100, 3)]   // every epoch reads the rows again
    public void Fit_SourceThrows_ItComesOutAsItIs(long memoryBudget, int failingRead)
    {
        var fault = new TimeoutException("row 50");
        var reads = 0;
        var rows = Toy.ML.Data.LoadFromEnumerable(Toy.Examples().Select((row, i) =>
        {
            ThrowAt(i == 50 && Interlocked.Increment(ref reads) == failingRead, fault);
            return new KeyedExample { Label = (uint)(i % 3), Features = row.Features };
        }));
        var options = Options with { MemoryBudget = memoryBudget, ValidationFraction = 0, Checkpoint = new CheckpointOptions(FilePath) };

        FitsThatThrow(() => Toy.Trainer(options).Fit(rows), fault);
    }

    [Fact]
    public void Fit_CancelledAtAnyBatchAndResumed_EndsWithTheSameModel()
    {
        var whole = Toy.PayloadOf(Toy.Trainer(Options).Fit(Data), Data);
        for (var last = 3; last < 18; last += 4)   // 3 batches an epoch: within the second to the last
        {
            using var source = new CancellationTokenSource();
            var batches = 0;
            var cancelled = Toy.Trainer(Options with
            {
                Checkpoint = new CheckpointOptions(FilePath),
                CancellationToken = source.Token,
                BatchProgress = _ =>
                {
                    if (++batches == last)
                        source.Cancel();
                },
            }).Fit(Data);
            cancelled.Model.StopReason.Should().Be(StopReason.Cancelled, $"of batch {last}");

            var resumed = File.Exists(FilePath) ? Options with { ResumeFrom = FilePath } : Options;

            Toy.PayloadOf(Toy.Trainer(resumed).Fit(Data), Data).Should().Equal(whole, $"after batch {last}");
            Directory.GetFiles(folder).Should().BeSubsetOf([FilePath]);
        }
    }

    private static void ThrowAt(bool isTime, Exception fault)
    {
        if (isTime)
            throw fault;
    }

    private void FitsThatThrow(Func<object> fit, Exception fault)
    {
        var threads = BlockRunner.Threads;
        var expected = Toy.PayloadOf(Toy.Trainer(Options).Fit(Data), Data);

        fit.Should().Throw<Exception>().Which.Should().BeSameAs(fault);

        BlockRunner.Threads.Should().Be(threads);
        Directory.GetFiles(folder).Should().BeSubsetOf([FilePath]);
        Toy.PayloadOf(Toy.Trainer(Options).Fit(Data), Data).Should().Equal(expected);
    }
}
