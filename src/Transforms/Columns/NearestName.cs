namespace MLNet.BatchNorm.Transforms.Columns;

/// <summary>Finds the name that a user may have meant.</summary>
internal static class NearestName
{
    /// <summary>
    /// The name with the fewest changes, case aside, from <paramref name="wanted"/>, or null if even that has more than a third of its
    /// letters changed.
    /// </summary>
    public static string? To(string wanted, IEnumerable<string> names)
    {
        var (nearest, fewest) = ((string?)null, wanted.Length / 3 + 1);
        foreach (var name in names)
            if (Distance(wanted.ToUpperInvariant(), name.ToUpperInvariant()) is var changes && changes < fewest)
                (nearest, fewest) = (name, changes);
        return nearest;
    }

    // Levenshtein: letters to insert, delete or replace. One row of the table at a time.
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(
                    Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }

        return row[to.Length];
    }
}
