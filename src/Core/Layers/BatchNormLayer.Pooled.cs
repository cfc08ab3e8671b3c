namespace MLNet.BatchNorm.Core.Layers;

/// <content>Training together with the max pooling behind it.</content>
internal sealed partial class BatchNormLayer
{
    /// <summary>
    /// Batch norm, with the ReLU that it has taken in, and the max pooling behind it as one step of training: x is in front of batch norm,
    /// y and dy are behind the pooling. To the same bits as one after the other.
    /// </summary>
    private sealed class Pooled(BatchNormLayer norm, MaxPool2DLayer pooling) : ITrainingStep
    {
        public string Name => norm.Name;

        public Shape InputShape => norm.InputShape;

        public Shape OutputShape => pooling.OutputShape;

        public bool GoesBackInPlace => false;

        public void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass) => norm.ForwardBatches(x, y, rows, pass, pooling);

        public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows) =>
            norm.BackwardBatches(x, y, dy, dx, pooling);
    }
}
