// Stands for MLContext of Microsoft.ML.Data. Left out: the other catalogs, GPU settings, options, the temporary folder.

namespace Microsoft.ML;

/// <summary>The start of everything: the catalogs of operations, the log, and the seed that makes a program repeatable.</summary>
public sealed class MLContext : IHostEnvironment, ICancelable
{
    private readonly HostEnvironment environment;

    public MLContext(int? seed = null)
    {
        environment = new HostEnvironment(seed, message => Log?.Invoke(this, message));
        Data = new DataOperationsCatalog(environment);
        Model = new ModelOperationsCatalog(environment);
        Transforms = new TransformsCatalog(environment);
        MulticlassClassification = new MulticlassClassificationCatalog(environment);
        BinaryClassification = new BinaryClassificationCatalog(environment);
        Regression = new RegressionCatalog(environment);
    }

    public event EventHandler<LoggingEventArgs> Log;
    public DataOperationsCatalog Data { get; }
    public ModelOperationsCatalog Model { get; }
    public TransformsCatalog Transforms { get; }
    public MulticlassClassificationCatalog MulticlassClassification { get; }
    public BinaryClassificationCatalog BinaryClassification { get; }
    public RegressionCatalog Regression { get; }
    string IExceptionContext.ContextDescription => environment.ContextDescription;
    bool ICancelable.IsCanceled => environment.IsCanceled;

    /// <summary>Asks whatever runs in this context to stop.</summary>
    internal void CancelExecution() => environment.CancelExecution();
    IHost IHostEnvironment.Register(string name, int? seed, bool? verbose) => environment.Register(name, seed, verbose);
    IChannel IChannelProvider.Start(string name) => environment.Start(name);
    TException IExceptionContext.Process<TException>(TException ex) => environment.Process(ex);
}

/// <summary>A message of <see cref="MLContext.Log"/>.</summary>
public class LoggingEventArgs : EventArgs
{
    public LoggingEventArgs(string message, ChannelMessageKind kind, string source)
    {
        RawMessage = message;
        Kind = kind;
        Source = source;
        Message = $"[Source={source}, Kind={kind}] {message}";
    }

    /// <summary>The message with its source and kind in front.</summary>
    public string Message { get; }
    public string RawMessage { get; }
    public ChannelMessageKind Kind { get; }
    public string Source { get; }
}
