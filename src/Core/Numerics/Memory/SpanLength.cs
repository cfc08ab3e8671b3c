using System.Runtime.CompilerServices;

namespace MLNet.BatchNorm.Core.Numerics;

/// <summary>
/// Checks that kernels make once per call, because pointers have no bounds. What is wrong is an <see cref="ArgumentException"/> that names
/// the argument.
/// </summary>
internal static class SpanLength
{
    public static void Require<T>(ReadOnlySpan<T> span, int expected, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length != expected)
            Throw($"{expected} values were expected, got {span.Length}.", name);
    }

    /// <summary>The span must be whole rows, of at least one column.</summary>
    public static void RequireRows<T>(ReadOnlySpan<T> span, int columns, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (columns < 1 || span.Length % columns != 0)
            Throw($"Rows of {columns} values were expected, got {span.Length} values.", name);
    }

    private static void Throw(string message, string name) => throw new ArgumentException(message, name);
}
