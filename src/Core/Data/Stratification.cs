namespace MLNet.BatchNorm.Core.Data;

/// <summary>Chooses rows for validation so that every part of the range of the targets gives its share.</summary>
internal static class Stratification
{
    /// <summary>Which rows validate: floor(rows * fraction) at even distances.</summary>
    /// <param name="targets">The targets in ascending order.</param>
    /// <param name="fraction">At least 0, less than 1.</param>
    public static bool[] EvenlySpaced(ReadOnlySpan<float> targets, float fraction)
    {
        var validates = new bool[targets.Length];
        for (var i = 0; i < validates.Length; i++)
            validates[i] = Math.Floor((i + 1) * (double)fraction) > Math.Floor(i * (double)fraction);
        return validates;
    }

    /// <summary>
    /// Lets every class have a row to train on: where all rows of a class validate, one of them trains, and the class with the most rows to
    /// train on gives one of those instead, as long as it has two.
    /// </summary>
    /// <param name="targets">The classes in ascending order.</param>
    /// <param name="validates">Which rows validate.</param>
    public static void KeepClasses(ReadOnlySpan<float> targets, bool[] validates)
    {
        var classes = new PriorityQueue<Range, int>();   // the most rows to train on first
        var starved = 0;
        for (int start = 0, end; start < targets.Length; start = end)
        {
            for (end = start; end < targets.Length && targets[end] == targets[start]; end++)
            {
            }

            var trained = validates.AsSpan(start..end).Count(false);
            if (trained == 0)
            {
                validates[start] = false;
                starved++;
            }

            classes.Enqueue(start..end, -Math.Max(1, trained));
        }

        while (starved-- > 0 && classes.TryPeek(out var rows, out var trained) && trained < -1)
        {
            var spare = rows.Start.Value + validates.AsSpan(rows).IndexOf(false);
            validates[spare] = true;
            classes.DequeueEnqueue((spare + 1)..rows.End.Value, trained + 1);
        }
    }
}
