namespace MLNet.BatchNorm.Core.Tests.Numerics;

/// <summary>Lets a test use more threads than the machine has processors.</summary>
internal sealed class MaxThreads : IDisposable
{
    private readonly int before = NumericsThreads.Max;

    public MaxThreads(int threads) => NumericsThreads.Max = threads;

    public void Dispose() => NumericsThreads.Max = before;
}

/// <summary>Tests that need the workers for themselves: while another test's job runs, theirs would run on one thread.</summary>
[CollectionDefinition(nameof(WorkersAlone), DisableParallelization = true)]
public sealed class WorkersAlone;
