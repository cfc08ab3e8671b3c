namespace ImageClassification.Charts;

/// <summary>A point of a line, perhaps with a bar of its deviation up and down.</summary>
internal readonly record struct Point(double X, double Y, double Deviation = 0);

/// <summary>A line of a chart.</summary>
/// <param name="Name">For the legend; empty: not in the legend.</param>
/// <param name="Color">Number of the colour, 0 to 5.</param>
/// <param name="Points">From left to right.</param>
internal sealed record Series(string Name, int Color, IReadOnlyList<Point> Points)
{
    /// <summary>Dashed instead of solid.</summary>
    public bool IsDashed { get; init; }

    /// <summary>With a line from point to point; else each stands for itself.</summary>
    public bool HasLine { get; init; } = true;

    /// <summary>With a dot at each point.</summary>
    public bool HasDots { get; init; }
}
