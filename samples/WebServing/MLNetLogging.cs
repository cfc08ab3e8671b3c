using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace WebServing;

/// <summary>What ML.NET has to say, in the log of the server.</summary>
internal static partial class MLNetLogging
{
    /// <summary>Writes the messages of <see cref="MLContext.Log"/> in the category Microsoft.ML.</summary>
    public static void LogTo(this MLContext ml, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Microsoft.ML");
        ml.Log += (_, message) =>
        {
            var level = LevelOf(message.Kind);
            if (logger.IsEnabled(level))
                LogMessage(logger, level, message.Source, message.RawMessage);
        };
    }

    private static LogLevel LevelOf(ChannelMessageKind kind) => kind switch
    {
        ChannelMessageKind.Error => LogLevel.Error,
        ChannelMessageKind.Warning => LogLevel.Warning,
        ChannelMessageKind.Info => LogLevel.Information,
        _ => LogLevel.Trace,
    };

    [LoggerMessage("{Source}: {Message}")]
    private static partial void LogMessage(ILogger logger, LogLevel level, string source, string message);
}
