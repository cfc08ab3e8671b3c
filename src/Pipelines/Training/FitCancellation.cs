using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// The two ways to cancel a Fit: the token of the options, and the MLContext, which must be asked because it calls nobody.
/// </summary>
internal sealed class FitCancellation(IHostEnvironment environment, CancellationToken token)
{
    public bool IsRequested => token.IsCancellationRequested || MLNetInternals.IsCancelled(environment);

    /// <summary>
    /// Whether nobody but the training loop may act on a request: ranks end together, after the same step, not one in the middle of its
    /// rows.
    /// </summary>
    public bool IsLeftToTheLoop { get; set; }

    /// <exception cref="OperationCanceledException">One of them asks for it.</exception>
    public void ThrowIfRequested()
    {
        if (IsRequested && !IsLeftToTheLoop)
            throw new OperationCanceledException("Fit was cancelled before there was a model.", token);
    }
}
