namespace MLNet.BatchNorm.Core.Data;

/// <summary>Rows that can be read from the start any number of times, each time the same rows in the same order.</summary>
internal interface IRowStream
{
    /// <summary>Features per row; positive.</summary>
    int Inputs { get; }

    bool HasWeights { get; }

    /// <summary>Whether the rows are to be kept sparse: most of their features are 0.</summary>
    bool IsSparse => false;

    /// <summary>Starts reading at the first row.</summary>
    IRowCursor Open();
}

/// <summary>Reads the rows of an <see cref="IRowStream"/> one after the other.</summary>
internal interface IRowCursor : IDisposable
{
    /// <summary>Reads the next row, or returns false after the last one.</summary>
    /// <param name="features">Receives the features.</param>
    /// <param name="target">Class index from 0, 0 or 1, or number.</param>
    /// <param name="weight">0 or more; 1 if the stream has no weights.</param>
    bool Read(Span<float> features, out float target, out float weight);

    /// <summary>The same with sparse features; to be called where the stream <see cref="IRowStream.IsSparse"/>.</summary>
    /// <param name="features">The row is added to these.</param>
    /// <param name="target">As of the other Read.</param>
    /// <param name="weight">As of the other Read.</param>
    bool Read(SparseBuffer features, out float target, out float weight) =>
        throw new NotSupportedException("The rows of this stream are dense.");
}
