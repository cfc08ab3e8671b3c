using System.Buffers;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Interchange;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;
using MLNet.BatchNorm.Core.Optimizers;
using MLNet.BatchNorm.Pipelines;
using MLNet.BatchNorm.Pipelines.Prediction;
using MLNet.BatchNorm.Pipelines.Training;

namespace MLNet.BatchNorm;

/// <summary>
/// A trained network: what it looks like, and its predictions without a data view. Immutable and safe for concurrent prediction.
/// </summary>
/// <example>
/// <code>
/// NeuralNetworkModelParameters model = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(epochs: 20).Fit(data).Model;
/// var probabilities = new float[model.OutputCount];
/// model.Predict([1, 2, 3, 100], probabilities);          // one row; more rows side by side
/// Console.WriteLine($"{probabilities.Sum():F2} over {model.OutputCount} classes, {model.StopReason}");   // 1.00 over 3 classes, Completed
/// using FileStream file = File.Create("classifier.onnx");
/// model.SaveAsOnnx(file);
/// </code>
/// </example>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed class NeuralNetworkModelParameters : INotebookView
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
    /// The epochs of the training. Saved with the model except for the times, which are 0 in a loaded model: so the entries of equal
    /// trainings have equal bytes. The zip around them, which ML.NET writes, has the time of saving. Empty in a model that was saved before
    /// models had a history.
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

    /// <summary>
    /// Writes what the model predicts as an ONNX graph (https://onnx.ai; IR version 8, operator set 17), without the pipeline around it.
    /// The input is Features: [N, values] or, of images, [N, channels, height, width] or [N, height, width, channels], as
    /// <see cref="InputLayout"/> says. The outputs have the names that the columns of predictions have: of a classifier Score [N, classes],
    /// the probabilities, and PredictedLabel [N, 1], the key of the best, counted from 1, or 0 where features are missing; with a Boolean
    /// label Score (the logit), Probability and PredictedLabel; of regression Score; all [N, 1]. The values of the keys are not part of it.
    /// </summary>
    /// <param name="stream">Stays open.</param>
    /// <param name="foldBatchNorm">
    /// Whether batch norm right behind a dense layer or convolution becomes part of its weights; other batch norm stays.
    /// </param>
    /// <exception cref="NotSupportedException">A layer has no counterpart in ONNX, or the file would be larger than 2 GB.</exception>
    public void SaveAsOnnx(Stream stream, bool foldBatchNorm = false)
    {
        Require.Writable(stream, nameof(stream));
        long[] dimensions = InputLayout == ChannelLayout.ChannelsFirst
            ? [InputShape.Channels, InputShape.Height, InputShape.Width]
            : OnnxNetwork.DimensionsOf(InputShape);
        var file = new OnnxFile();
        foreach (var output in AddTo(file, file.Input(ColumnNames.Features, dimensions), dimensions, foldBatchNorm))
            file.Output(output);
        file.WriteTo(stream);
    }

    /// <summary>Adds the predictions of features, [N, dimensions], to a graph.</summary>
    internal IEnumerable<OnnxOutput> AddTo(OnnxGraph graph, string features, long[] dimensions, bool foldBatchNorm)
    {
        var exported = new OnnxNetwork(graph, foldBatchNorm);
        var input = exported.Input(features, dimensions, InputShape, isPlanar: InputLayout == ChannelLayout.ChannelsFirst);
        var outputs = exported.Output("network", exported.Add(Network, input));
        return Head.AddTo(graph, outputs.Variable);
    }

    /// <summary>Scores rows side by side, as the column Score has them: a binary model's are logits.</summary>
    internal void Score(ReadOnlySpan<float> features, Span<float> scores)
    {
        Run(features, scores);
        Head.ToScores(scores);
    }

    /// <summary>The same, to the last bit, of sparse rows, if it <see cref="TakesSparseRows"/>.</summary>
    internal void Score(SparseRows features, Span<float> scores)
    {
        Telemetry.PredictionRows.Add(features.Rows);
        Network.Predict(features, scores);
        Head.ToScores(scores);
    }

    /// <summary>The layers as a table, with shapes and numbers of parameters.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString() => Network.ToString();

    string INotebookView.ToHtml()
    {
        var best = BestEpoch is { } epoch ? $", the best was {epoch}" : "";
        return LayerTable.HtmlOf(Network, $"Trained for {History.Count} epochs ({StopReason}){best}");
    }

    private void Run(ReadOnlySpan<float> features, Span<float> outputs)
    {
        Telemetry.PredictionRows.Add(features.Length / InputCount);
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
