using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Networks;

namespace MLNet.BatchNorm;

/// <content>What training takes of memory.</content>
public sealed partial class Network
{
    /// <summary>Bytes for each row of a batch that the pass at work needs, whatever it is for.</summary>
    internal long WorkspaceBytes => sizeof(float) * passes.WorkspaceValues;

    /// <summary>
    /// The memory of a step of training on dense rows, in bytes: parameters, gradients, and for each row what the layers keep and a
    /// workspace that they share. What else there is at the peak: the rows, what the optimizer remembers (its <c>StateBytes</c> for each
    /// of <see cref="ParameterCount"/>), and scratch of the kernels on each thread, which grows with the largest weights but not with the
    /// rows.
    /// </summary>
    /// <param name="batchSize">Rows in a batch; positive.</param>
    /// <param name="freezeThrough">
    /// The last of the layers that training leaves alone, of which nothing is kept; default null: none, or what is frozen already.
    /// </param>
    /// <returns>Bytes.</returns>
    /// <exception cref="ArgumentException">There is no such layer in front of the last one, or no row.</exception>
    public long TrainingBytes(int batchSize, string? freezeThrough = null)
    {
        Require.Positive(batchSize, nameof(batchSize));
        var frozen = freezeThrough is null ? passes.FrozenSteps : StepsThrough(IndexInFront(freezeThrough, nameof(freezeThrough)));
        return this.DescribeLayers(frozen).Sum(layer => layer.ParameterBytes + batchSize * layer.ActivationBytes)
            + batchSize * WorkspaceBytes;
    }
}
