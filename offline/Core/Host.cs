// Stands for the host environment of Microsoft.ML.Core: registration, random numbers, channels. Left out: progress channels, the component catalog's public face, verbosity.

namespace Microsoft.ML.Runtime;

/// <summary>Marks exceptions with where they come from.</summary>
public interface IExceptionContext
{
    string ContextDescription { get; }

    TException Process<TException>(TException ex)
        where TException : Exception;
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

public interface IPipe<TMessage> : IDisposable, IExceptionContext
{
    void Send(TMessage msg);
}

/// <summary>Where a component reports what it does, for one task.</summary>
public interface IChannel : IPipe<ChannelMessage>
{
    void Trace(MessageSensitivity sensitivity, string fmt);

    void Info(MessageSensitivity sensitivity, string fmt);

    void Warning(MessageSensitivity sensitivity, string fmt);

    void Error(MessageSensitivity sensitivity, string fmt);
}

public enum ChannelMessageKind
{
    Trace = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

[Flags]
public enum MessageSensitivity
{
    None = 0,
    UserData = 1,
    Schema = 2,
    Unknown = -1,
    All = -1,
}

public readonly struct ChannelMessage
{
    public readonly ChannelMessageKind Kind;
    public readonly MessageSensitivity Sensitivity;

    internal ChannelMessage(ChannelMessageKind kind, MessageSensitivity sensitivity, string message)
    {
        Kind = kind;
        Sensitivity = sensitivity;
        Message = message;
    }

    public string Message { get; }
}

internal interface ICancelable
{
    bool IsCanceled { get; }

    void CancelExecution();
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

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    private sealed class Channel(HostEnvironment host, string source) : IChannel
    {
        public string ContextDescription => source;

        public void Trace(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Trace, sensitivity, fmt));

        public void Info(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Info, sensitivity, fmt));

        public void Warning(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Warning, sensitivity, fmt));

        public void Error(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Error, sensitivity, fmt));

        public void Send(ChannelMessage msg) => host.root.log(new LoggingEventArgs(msg.Message, msg.Kind, source));

        public TException Process<TException>(TException ex)
            where TException : Exception => ex;

        public void Dispose()
        {
        }
    }
}
