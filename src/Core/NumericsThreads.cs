namespace MLNet.BatchNorm;

/// <summary>How many threads fitting, training and prediction may use in this process.</summary>
/// <remarks>
/// Results are the same to the last bit for every number of threads. Small work stays on the calling thread, so that single rows and small
/// networks neither gain nor lose, and a training uses as many as its steps were measured to gain from. When several threads predict or
/// train at once, one of them at a time has the others' help.
/// </remarks>
/// <example>
/// <code>
/// NumericsThreads.Max = 1;                               // a server that predicts on many threads of its own
/// </code>
/// </example>
public static class NumericsThreads
{
    /// <summary>
    /// The largest number of threads that one call may use, the calling thread included; at least 1; by default the number of processors of
    /// this process. 1 keeps everything on the calling thread. May be set at any time, for the calls that start after it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    public static int Max
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;
}
