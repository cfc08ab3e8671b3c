namespace MLNet.BatchNorm;

/// <summary>A saved component cannot be read: it is damaged, was cut short, is something else, or was written by a newer version.</summary>
/// <remarks>
/// Where a library wraps what its components throw on load, as ML.NET does, this is what <see cref="Exception.GetBaseException"/> returns.
/// </remarks>
/// <example>
/// <code>
/// try
/// {
///     using var file = new MemoryStream("not a network"u8.ToArray());
///     Network network = Network.Load(file);
/// }
/// catch (ModelFormatException exception)
/// {
///     Console.WriteLine(exception.Component);   // network
/// }
/// </code>
/// </example>
public sealed class ModelFormatException : FormatException
{
    internal ModelFormatException(string component, string reason) : base($"Cannot read the saved {component}: {reason}")
    {
        Component = component;
        Reason = reason;
    }

    /// <summary>What was to be read, as "network".</summary>
    public string Component { get; }

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; }
}
