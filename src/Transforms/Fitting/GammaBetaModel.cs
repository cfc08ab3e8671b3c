using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Transforms.Columns;
using MLNet.BatchNorm.Transforms.Normalizing;

namespace MLNet.BatchNorm.Transforms.Fitting;

/// <summary>
/// A linear model z = (gamma * x + beta) W + b on normalized values x, trained with all four. As V = gamma * W (row by row) and v = beta W
/// + b it is z = x V + v, and with G = transpose(x) dz and g = the column sums of dz: dW = gamma * G + beta g, db = g, dgamma = the row
/// sums of W * G, dbeta = W transpose(g).
/// </summary>
internal sealed class GammaBetaModel
{
    private static readonly SoftmaxCrossEntropy Softmax = new();

    private readonly int[] channelOfSlot;
    private readonly int outputs;
    private readonly bool isRegression;
    private readonly LearnedAffine how;
    private readonly Parameter weight;

    // gamma - 1, so that decay pulls gamma to 1 as it pulls the weights to 0.
    private readonly Parameter gammaLessOne;
    private readonly Parameter beta;
    private readonly Parameter intercept;
    private readonly Parameter[] learned;
    private readonly bool learnGamma;
    private readonly bool learnBeta;
    private readonly float[] effectiveWeight;
    private readonly float[] effectiveIntercept;
    private readonly float[] correlation;
    private readonly float[] outputSums;

    /// <summary>A model over columns side by side.</summary>
    /// <param name="maps">Slots and channels of each column.</param>
    /// <param name="classes">Number of classes, or 0 to predict a number.</param>
    /// <param name="how">How to train.</param>
    /// <param name="learnGamma">Whether gamma is learned; else it stays 1.</param>
    /// <param name="learnBeta">Whether beta is learned; else it stays 0.</param>
    public GammaBetaModel(ChannelMap[] maps, int classes, LearnedAffine how, bool learnGamma, bool learnBeta)
    {
        var firstChannels = maps.Select((_, i) => maps[..i].Sum(map => map.Channels)).ToArray();
        channelOfSlot = [.. maps.SelectMany((map, i) =>
            Enumerable.Range(0, map.Slots).Select(slot => firstChannels[i] + map.ChannelOf(slot)))];
        isRegression = classes == 0;
        outputs = Math.Max(1, classes);
        this.how = how;
        this.learnGamma = learnGamma;
        this.learnBeta = learnBeta;
        var channels = maps.Sum(map => map.Channels);
        weight = new Parameter("weight", channelOfSlot.Length * outputs, decays: true);
        gammaLessOne = new Parameter("gamma", channels, decays: true);
        beta = new Parameter("beta", channels, decays: false);
        intercept = new Parameter("intercept", outputs, decays: false);
        Parameter[] ofGamma = learnGamma ? [gammaLessOne] : [], ofBeta = learnBeta ? [beta] : [];
        learned = [weight, intercept, .. ofGamma, .. ofBeta];
        effectiveWeight = new float[weight.Length];
        effectiveIntercept = new float[outputs];
        correlation = new float[weight.Length];
        outputSums = new float[outputs];
    }

    /// <summary>What was learned for the given channels of all columns side by side.</summary>
    public GammaBeta this[Range channels] =>
        new([.. gammaLessOne.Value[channels].ToArray().Select(value => 1 + value)], [.. beta.Value[channels]]);

    /// <summary>
    /// Trains on shuffled batches. A number to predict is brought to mean 0 and deviation 1 first, so that its unit does not matter.
    /// </summary>
    /// <param name="examples">What to learn from.</param>
    /// <param name="seed">Decides the order of the rows.</param>
    /// <param name="throwIfCancelled">Called before every step.</param>
    /// <exception cref="InvalidOperationException">The loss is not finite any more.</exception>
    public void Train(Dataset examples, int seed, Action throwIfCancelled)
    {
        using var batches = examples.InBatches(how.BatchSize);
        var (center, scale) = isRegression ? Standardization(batches) : (0, 1);
        var rule = new Adam { LearningRate = how.LearningRate, WeightDecay = how.Penalty }.Over(learned);
        var random = new CounterRandom((ulong)seed).Derive(RandomStream.Shuffle);
        var z = new float[batches.Largest * outputs];
        var dz = new float[batches.Largest * outputs];
        var (done, steps) = (0L, (long)how.Epochs * batches.Count);
        for (var epoch = 1; epoch <= how.Epochs; epoch++)
        {
            batches.Start(random.Derive((ulong)epoch));
            for (var step = 0; step < batches.Count; step++)
            {
                throwIfCancelled();
                var batch = batches.Next();
                var found = z.AsSpan(0, batch.Rows * outputs);
                var gradient = dz.AsSpan(0, batch.Rows * outputs);
                Predict(batch, found);
                var loss = isRegression
                    ? SquaredError(batch, found, center, scale, gradient)
                    : Softmax.Evaluate(found, batch.Targets, batch.Weights, gradient);
                if (!double.IsFinite(loss))
                    throw new InvalidOperationException(
                        $"Gamma and beta cannot be learned: the loss of epoch {epoch}, step {step + 1}, is {loss}. "
                        + $"Use a smaller LearningRate than {how.LearningRate}.");
                Gradients(batch, gradient);
                // Down to 0: at a constant rate the noise of the batches would keep gamma from settling.
                rule.Step(how.LearningRate * (float)(1 - (double)done++ / steps));
            }
        }
    }

    private void Predict(Batch batch, Span<float> z)
    {
        intercept.Value.CopyTo(effectiveIntercept);
        for (var slot = 0; slot < channelOfSlot.Length; slot++)
        {
            var channel = channelOfSlot[slot];
            for (var k = 0; k < outputs; k++)
            {
                var w = weight.Value[slot * outputs + k];
                effectiveWeight[slot * outputs + k] = (1 + gammaLessOne.Value[channel]) * w;
                effectiveIntercept[k] += beta.Value[channel] * w;
            }
        }

        MatrixProduct.MultiplyAddBias(
            batch.Features, effectiveWeight, effectiveIntercept, z, batch.Rows, channelOfSlot.Length, outputs);
    }

    private void Gradients(Batch batch, ReadOnlySpan<float> dz)
    {
        MatrixProduct.MultiplyTransposedA(batch.Features, dz, correlation, channelOfSlot.Length, batch.Rows, outputs);
        ColumnKernels.Sum(dz, outputSums);
        outputSums.CopyTo(intercept.Gradient);
        gammaLessOne.Gradient.Clear();
        beta.Gradient.Clear();
        for (var slot = 0; slot < channelOfSlot.Length; slot++)
        {
            var channel = channelOfSlot[slot];
            for (var k = 0; k < outputs; k++)
            {
                var i = slot * outputs + k;
                weight.Gradient[i] = (1 + gammaLessOne.Value[channel]) * correlation[i] + beta.Value[channel] * outputSums[k];
                if (learnGamma)
                    gammaLessOne.Gradient[channel] += weight.Value[i] * correlation[i];
                if (learnBeta)
                    beta.Gradient[channel] += weight.Value[i] * outputSums[k];
            }
        }
    }

    // Half the squared error, whose gradient is the error.
    private static double SquaredError(Batch batch, ReadOnlySpan<float> z, double center, double scale, Span<float> dz)
    {
        var shares = new RowShares(batch.Weights, batch.Rows);
        var loss = 0.0;
        for (var row = 0; row < batch.Rows; row++)
        {
            var error = z[row] - (batch.Targets[row] - center) * scale;
            loss += shares[row] * error * error / 2;
            dz[row] = (float)(shares[row] * error);
        }

        return loss;
    }

    private static (double Center, double Scale) Standardization(Batches batches)
    {
        var moments = new ChannelMoments(1);
        batches.Start(shuffle: null);
        for (var step = 0; step < batches.Count; step++)
        {
            var batch = batches.Next();
            moments.Add(batch.Targets, batch.Weights);
        }

        var variance = moments.PopulationVariance(0);
        return (moments.Mean(0), variance > 0 ? 1 / Math.Sqrt(variance) : 0);
    }
}
