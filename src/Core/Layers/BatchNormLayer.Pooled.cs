using MLNet.BatchNorm.Core.Numerics;

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

        public void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, Pass pass)
        {
            var statistics = norm.statistics;
            statistics.Start(rows, pass);
            for (var i = 0; i < statistics.Count; i++)
            {
                var part = statistics.PartOf(x, i);
                statistics.Measure(i, part, pass);
                var batch = statistics[i];
                BatchNormPoolingKernels.Forward(
                    pooling.WindowOver(part), part, batch.RoundedMean, batch.InverseStdDev, norm.Gamma, norm.Beta, statistics.PartOf(y, i),
                    norm.relu);
            }
        }

        public void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows)
        {
            norm.ClearGradients();
            var statistics = norm.statistics;
            for (var i = 0; i < statistics.Count; i++)
                BackwardBatch(statistics.PartOf(x, i), statistics.PartOf(y, i), statistics.PartOf(dy, i), statistics.PartOf(dx, i), i);
        }

        private void BackwardBatch(
            ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int number)
        {
            var batch = norm.statistics[number];
            var window = pooling.WindowOver(x);
            ReadOnlySpan<float> mean = batch.RoundedMean, inverseStdDev = batch.InverseStdDev, gamma = norm.Gamma, beta = norm.Beta;
            Span<float> productSum = norm.productSum, gradientSum = norm.gradientSum;
            BatchNormPoolingKernels.BackwardParameters(
                window, x, y, dy, mean, inverseStdDev, gamma, beta, productSum, gradientSum, norm.relu);
            norm.AddGradients(batch);
            if (dx.IsEmpty)
                return;
            norm.statistics.SumOverRanks(number, productSum, gradientSum);
            BatchNormPoolingKernels.BackwardInput(
                window, x, y, dy, mean, inverseStdDev, gamma, beta, productSum, gradientSum, dx, norm.relu);
        }
    }
}
