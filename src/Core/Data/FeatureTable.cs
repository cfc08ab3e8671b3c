namespace MLNet.BatchNorm.Core.Data;

/// <summary>The features of rows in memory, dense or sparse. A table that grows row by row is never copied.</summary>
internal abstract class FeatureTable(int inputs)
{
    /// <summary>Features per row.</summary>
    public int Inputs { get; } = Require.Positive(inputs, nameof(inputs));

    /// <summary>A table without rows.</summary>
    public static FeatureTable New(int inputs, bool isSparse) => isSparse ? new SparseTable(inputs) : new DenseTable(inputs);

    /// <summary>Writes the only row of a batch to a row that is there, or the one after the last.</summary>
    public abstract void Set(int row, Batch only);

    /// <summary>Adds the features of a row to a batch.</summary>
    public abstract void AddTo(Batch batch, int row);

    /// <summary>Writes a row to another one, whose features are lost. The first may hold any features then.</summary>
    public abstract void Move(int from, int to);

    /// <summary>Gives back the memory of rows behind so many, where rows differ in size.</summary>
    public virtual void Trim(int rows)
    {
    }
}
