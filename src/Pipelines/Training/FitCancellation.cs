using Microsoft.ML.Runtime;
using MLNet.BatchNorm.Transforms.Interop;

namespace MLNet.BatchNorm.Pipelines.Training;

/// <summary>
/// The two ways to cancel a Fit: the token of the options, and the MLContext, which must be asked because it calls nobody.
/// </summary>
internal sealed class FitCancellation(IHostEnvironment environment, CancellationToken token)
{
    public bool IsRequested => token.IsCancellationRequested || MLNetInternals.IsCancelled(environment);

    /// <exception cref="OperationCanceledException">One of them asks for it.</exception>
    public void ThrowIfRequested()
    {
        if (IsRequested)
            throw new OperationCanceledException("Fit was cancelled before there was a model.", token);
    }
}
