// Stands for the host environment of Microsoft.ML.Core: registration, random numbers, channels. Left out: pipes other than
// channels, message sensitivity, progress channels, verbosity, the component catalog.

namespace Microsoft.ML.Runtime;

/// <summary>Marks exceptions with where they come from.</summary>
public interface IExceptionContext
{
    string ContextDescription { get; }

    TException Process<TException>(TException ex) where TException : Exception;
}

public interface IChannelProvider : IExceptionContext
{
    IChannel Start(string name);
}

public interface IHostEnvironment : IChannelProvider
{
    /// <summary>A host of its own for a component, with random numbers forked from this environment's unless a seed is given.</summary>
    IHost Register(string name, int? seed = null, bool? verbose = null);
}

public interface IHost : IHostEnvironment
{
    Random Rand { get; }
}

/// <summary>Where a component reports what it does, for one task.</summary>
public interface IChannel : IExceptionContext, IDisposable
{
    /// <summary>Hands a message to the log; components call it through <see cref="HostExtensions"/>.</summary>
    internal void Send(ChannelMessageKind kind, string message);
}

public enum ChannelMessageKind { Trace = 0, Info = 1, Warning = 2, Error = 3 }

internal interface ICancelable
{
    bool IsCanceled { get; }
}

/// <summary>A node of the tree of hosts; the root makes cancellation and the log common to all.</summary>
internal sealed class HostEnvironment : IHost, ICancelable
{
    private readonly HostEnvironment root;
    private readonly Action<LoggingEventArgs> log;
    private volatile bool cancelled;

    public HostEnvironment(int? seed, Action<LoggingEventArgs> log)
    {
        root = this;
        this.log = log;
        ContextDescription = "MLContext";
        Rand = seed is { } value ? new Random(value) : new Random();
    }

    private HostEnvironment(HostEnvironment root, string name, int seed)
    {
        this.root = root;
        ContextDescription = name;
        Rand = new Random(seed);
    }

    public string ContextDescription { get; }
    public Random Rand { get; }
    public bool IsCanceled => root.cancelled;
    public void CancelExecution() => root.cancelled = true;

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        lock (Rand)
            return new HostEnvironment(root, Contracts.CheckNonEmpty(name, nameof(name)), seed ?? Rand.Next());
    }

    public IChannel Start(string name) => new Channel(this, $"{ContextDescription}; {name}");
    public TException Process<TException>(TException ex) where TException : Exception => ex;

    private sealed class Channel(HostEnvironment host, string source) : IChannel
    {
        public string ContextDescription => source;
        void IChannel.Send(ChannelMessageKind kind, string message) => host.root.log(new LoggingEventArgs(message, kind, source));
        public TException Process<TException>(TException ex) where TException : Exception => ex;

        public void Dispose() { }
    }
}
