using System.Buffers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Training;

namespace MLNet.BatchNorm;

/// <summary>
/// A trained network: what it looks like, and its predictions without a data view. Immutable and safe for concurrent prediction.
/// </summary>
public sealed class NeuralNetworkModelParameters
{
    internal NeuralNetworkModelParameters(Network network, FeatureLayout layout, PredictionHead head, TrainingResult training)
    {
        Network = network.AsReadOnly();
        Layout = layout;
        Head = head;
        Training = training;
    }

    /// <summary>
    /// The network itself: its parameters by name, running statistics, and what it predicts before labels and units come in. It cannot be
    /// changed; a copy of it can, and <see cref="NeuralNetworkPredictionTransformer.WithNetwork"/> makes a model of that.
    /// </summary>
    public Network Network { get; }

    /// <summary>The layers with their options, the last one, which the trainer added, included.</summary>
    public NetworkDefinition Definition => Network.Definition;

    /// <summary>Shape of one row of features: a vector, or an image.</summary>
    public Shape InputShape => Network.InputShape;

    /// <summary>Order of the values in the feature column where a row is an image; else <see cref="ChannelLayout.PerSlot"/>.</summary>
    public ChannelLayout InputLayout => Layout.Layout;

    /// <summary>Number of features per row.</summary>
    public int InputCount => InputShape.Size;

    /// <summary>Number of predictions per row: for a classifier the number of classes, with a Boolean label and for regression 1.</summary>
    public int OutputCount => Network.OutputShape.Size;

    /// <summary>Number of values that training learned: weights, biases, gamma and beta.</summary>
    public long ParameterCount => Network.ParameterCount;

    /// <summary>The layers as they were built, first to last, with names, shapes and numbers of parameters.</summary>
    public IReadOnlyList<LayerInfo> Layers => Network.DescribeLayers();

    /// <summary>
    /// What the batch normalization layers learned, in the order in which data passes them, those inside residual blocks included.
    /// </summary>
    public IReadOnlyList<BatchNormInfo> BatchNormLayers => Network.DescribeBatchNorm();

    /// <summary>
    /// The epochs of the training. Saved with the model except for the times, which are 0 in a loaded model: so equal trainings save equal
    /// bytes. Empty in a model that was saved before models had a history.
    /// </summary>
    public TrainingHistory History => Training.History;

    /// <summary>Why training ended.</summary>
    public StopReason StopReason => Training.StopReason;

    /// <summary>The epoch with the lowest validation loss, from 1; null without validation.</summary>
    public int? BestEpoch => Training.BestEpoch;

    /// <summary>Whether the model has what the optimizer remembered (<see cref="NeuralNetworkOptions.KeepOptimizerState"/>).</summary>
    public bool HasOptimizerState => OptimizerState is not null;

    /// <summary>Whether sparse rows can be scored as they are: the first layer is dense, and takes the slots in their order.</summary>
    internal bool TakesSparseRows => Network.TakesSparseRows && !Layout.IsPlanar;

    internal FeatureLayout Layout { get; }

    internal TrainingResult Training { get; }

    internal OptimizerState? OptimizerState => Training.OptimizerState;

    internal PredictionHead Head { get; }

    /// <summary>
    /// Predicts rows side by side: for a classifier the probability of each class, with a Boolean label the probability of yes, for
    /// regression a number in the unit of the label.
    /// </summary>
    /// <param name="features">
    /// Any number of rows of <see cref="InputCount"/> values, in the order of the feature column (<see cref="InputLayout"/>).
    /// </param>
    /// <param name="predictions">As many rows of <see cref="OutputCount"/> values.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Predict(ReadOnlySpan<float> features, Span<float> predictions)
    {
        Run(features, predictions);
        Head.Loss.Activate(predictions, OutputCount);
    }

    /// <summary>
    /// Measures how long each layer takes in one training step over some rows: forward and backward, each layer on its own, the fastest of
    /// ten steps. The network itself does not change. Takes ten steps and one to warm up.
    /// </summary>
    /// <param name="features">2 or more rows of <see cref="InputCount"/> values; as many rows as a batch has.</param>
    /// <returns>A time for each of <see cref="Layers"/>.</returns>
    /// <exception cref="ArgumentException">There are fewer than 2 rows, or no whole rows.</exception>
    public IReadOnlyList<LayerTime> MeasureLayers(ReadOnlySpan<float> features) => Network.MeasureLayers(features);

    /// <summary>Scores rows side by side, as the column Score has them: a binary model's are logits.</summary>
    internal void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        Run(features, scores);
        Head.ToScores(scores);
    }

    /// <summary>The same, to the last bit, of sparse rows, if it <see cref="TakesSparseRows"/>.</summary>
    internal void Score(SparseRows features, Span<float> scores)
    {
        Network.Predict(features, scores);
        Head.ToScores(scores);
    }

    /// <summary>The layers as a table, with shapes and numbers of parameters.</summary>
    public override string ToString() => Network.ToString();

    private void Run(ReadOnlySpan<float> features, Span<float> outputs)
    {
        if (!Layout.IsPlanar)
        {
            Network.Predict(features, outputs);
            return;
        }

        var rented = ArrayPool<float>.Shared.Rent(features.Length);
        var rows = rented.AsSpan(0, features.Length);
        Layout.ToChannelsLast(features, rows);
        Network.Predict(rows, outputs);
        ArrayPool<float>.Shared.Return(rented);
    }
}
