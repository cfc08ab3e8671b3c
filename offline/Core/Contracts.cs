// Stands for the internal Contracts and HostExtensions of Microsoft.ML.Core: errors and messages. Left out: what we do not call.

namespace Microsoft.ML.Runtime;

internal static class Contracts
{
    public static T CheckRef<T>(T val, string paramName) where T : class => val ?? throw new ArgumentNullException(paramName);

    public static string CheckNonEmpty(string s, string paramName) =>
        !string.IsNullOrEmpty(CheckRef(s, paramName)) ? s : throw new ArgumentNullException(paramName, $"{paramName} must not be empty.");

    /// <summary>Stops work that the user has cancelled.</summary>
    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env is ICancelable { IsCanceled: true })
            throw env.Process(new OperationCanceledException("The operation was cancelled."));
    }

    public static Exception Except(this IExceptionContext ctx, string msg) => ctx.Process(new InvalidOperationException(msg));

    public static Exception ExceptSchemaMismatch(this IExceptionContext ctx, string paramName, string columnRole, string columnName) =>
        ctx.Process(new ArgumentOutOfRangeException(paramName, $"Could not find {columnRole} column '{columnName}'"));

    public static Exception ExceptSchemaMismatch(
        this IExceptionContext ctx, string paramName, string columnRole, string columnName, string expectedType, string actualType) =>
        ctx.Process(new ArgumentOutOfRangeException(
            paramName, $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}"));
}

internal static class HostExtensions
{
    public static void Info(this IChannel ch, string fmt) => ch.Send(ChannelMessageKind.Info, fmt);
    public static void Warning(this IChannel ch, string fmt) => ch.Send(ChannelMessageKind.Warning, fmt);
}
