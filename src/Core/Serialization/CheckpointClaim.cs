namespace MLNet.BatchNorm.Core.Serialization;

/// <summary>
/// The right of one training to write its checkpoints to a path, as long as this object lives: an open file beside it, which the operating
/// system closes when the process dies.
/// </summary>
internal sealed class CheckpointClaim : IDisposable
{
    private readonly FileStream lockFile;

    /// <summary>Tries whether a file can be written there, and removes what a killed training left half-written.</summary>
    /// <exception cref="ArgumentException">It cannot, or another training is writing there; the message says what to do.</exception>
    public CheckpointClaim(string path)
    {
        FileStream? opened = null;
        try
        {
            if (Path.GetFileName(path).Length == 0 || Directory.Exists(path))
                throw new IOException("It is a folder.");
            if (File.Exists(path) && new FileInfo(path).IsReadOnly)
                throw new IOException("The file is read-only.");
            opened = new FileStream(
                path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            File.Delete(WholeFile.UnfinishedOf(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            opened?.Dispose();
            throw new ArgumentException(
                $"The option Checkpoint cannot write to '{path}': {failure.Message} Choose a file in a folder that exists and can be "
                + "written to, and that no other training uses at the same time.",
                failure);
        }

        lockFile = opened;
    }

    public void Dispose() => lockFile.Dispose();
}
