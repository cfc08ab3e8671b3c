namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>Writes files that are whole whenever they are there.</summary>
internal static class WholeFile
{
    /// <summary>
    /// Writes a new file beside the one of that name, which it then takes the place of, so that a crash at any time leaves a whole one.
    /// What the crash leaves unfinished is overwritten by the next one who writes.
    /// </summary>
    /// <exception cref="IOException">It cannot be written, as on a full disk. The file before it stays, and nothing unfinished.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, UnfinishedOf(path), write);

    /// <summary>The same where several processes may write it at once. What a crash leaves unfinished stays.</summary>
    /// <exception cref="IOException">As of the other.</exception>
    public static void WriteAtOnce(string path, Action<Stream> write) =>
        Write(path, UnfinishedOf($"{path}.{Path.GetRandomFileName()}"), write);   // processes in containers have equal numbers

    /// <summary>Where a file is until it is whole.</summary>
    public static string UnfinishedOf(string path) => path + ".unfinished";

    private static void Write(string path, string unfinished, Action<Stream> write)
    {
        try
        {
            using (var stream = File.Create(unfinished))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
