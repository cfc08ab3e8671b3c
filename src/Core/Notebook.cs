using System.Diagnostics.CodeAnalysis;

namespace MLNet.BatchNorm.Core;

/// <summary>What shows itself as HTML in a notebook, where its class has <see cref="TypeFormatterSourceAttribute"/>.</summary>
internal interface INotebookView
{
    string ToHtml();
}

/// <summary>
/// Names the class that a notebook gets formatters from. Microsoft.DotNet.Interactive.Formatting looks for an attribute of this name in any
/// assembly, and for members of the names below, so that nothing of it is referenced here.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType { get; } = formatterSourceType;
}

internal sealed class NotebookFormatterSource
{
    private readonly NotebookFormatter formatter = new("text/html");

    public IEnumerable<object> CreateTypeFormatters() => [formatter];
}

internal sealed record NotebookFormatter(string MimeType)
{
    /// <returns>Whether it was written.</returns>
    [SuppressMessage("Performance", "CA1822", Justification = "The package calls it on the instance.")]
    public bool Format(object instance, TextWriter writer)
    {
        if (instance is not INotebookView view)
            return false;
        writer.Write(view.ToHtml());
        return true;
    }
}
