using Microsoft.Extensions.ObjectPool;
using Microsoft.ML;

namespace WebServing;

/// <summary>
/// Prediction engines of one model file, pooled, since an engine serves one thread at a time. When the file is replaced, later requests use
/// the new model; engines that are lent at that moment end with the old one.
/// </summary>
internal sealed partial class ModelEngines : IDisposable
{
    // A file is often written in several steps, and each of them is announced.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(200);

    private readonly string path;
    private readonly ILogger<ModelEngines> logger;
    private readonly ILoggerFactory loggers;
    private readonly FileSystemWatcher watcher;
    private readonly Timer reload;
    private readonly Lock reloading = new();
    private volatile ObjectPool<PredictionEngine<Picture, PicturePrediction>> pool;

    /// <exception cref="Exception">The file holds no model that ML.NET can load.</exception>
    public ModelEngines(string path, ILoggerFactory loggers)
    {
        this.path = Path.GetFullPath(path);
        this.loggers = loggers;
        logger = loggers.CreateLogger<ModelEngines>();
        pool = Load();
        reload = new Timer(_ => Reload());
        watcher = new FileSystemWatcher(Path.GetDirectoryName(this.path)!, Path.GetFileName(this.path));
        watcher.Changed += (_, _) => ReloadSoon();
        watcher.Created += (_, _) => ReloadSoon();
        watcher.Renamed += (_, _) => ReloadSoon();
        watcher.EnableRaisingEvents = true;
    }

    /// <summary>Lends an engine for the time of a call.</summary>
    public T Use<T>(Func<PredictionEngine<Picture, PicturePrediction>, T> call)
    {
        var lender = pool;
        var engine = lender.Get();
        try
        {
            return call(engine);
        }
        finally
        {
            lender.Return(engine);
        }
    }

    public void Dispose()
    {
        watcher.Dispose();
        reload.Dispose();
    }

    private void ReloadSoon() => reload.Change(QuietTime, Timeout.InfiniteTimeSpan);

    private void Reload()
    {
        lock (reloading)
        {
            try
            {
                // The old pool is left to the garbage collector: disposed, it would refuse a request that is about to take an engine.
                pool = Load();
                LogReloaded(path);
            }
            catch (Exception failure)
            {
                // A file that cannot be loaded must not take down a server that has a model.
                LogKept(path, failure.GetBaseException().Message);
            }
        }
    }

    private ObjectPool<PredictionEngine<Picture, PicturePrediction>> Load()
    {
        var ml = new MLContext();
        ml.LogTo(loggers);
        var model = ml.Model.Load(path, out _);
        var loaded = new DefaultObjectPoolProvider().Create(new Policy(ml, model));
        loaded.Return(loaded.Get());   // rather now than in the first request
        return loaded;
    }

    [LoggerMessage(LogLevel.Information, "Loaded {Path} anew.")]
    private partial void LogReloaded(string path);

    [LoggerMessage(LogLevel.Warning, "{Path} has changed but cannot be loaded, so the model before it stays: {Reason}")]
    private partial void LogKept(string path, string reason);

    private sealed class Policy(MLContext ml, ITransformer model) : PooledObjectPolicy<PredictionEngine<Picture, PicturePrediction>>
    {
        // The model belongs to all engines; the pool disposes those that are too many.
        public override PredictionEngine<Picture, PicturePrediction> Create() =>
            ml.Model.CreatePredictionEngine<Picture, PicturePrediction>(model, new PredictionEngineOptions { OwnsTransformer = false });

        public override bool Return(PredictionEngine<Picture, PicturePrediction> engine) => true;
    }
}
