using System.Numerics.Tensors;
using MLNet.BatchNorm.Core;
using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Numerics;

namespace MLNet.BatchNorm;

/// <summary>
/// A network of layers with its numbers: that of a trained model (<c>model.Network</c>), to look into, predict with and save, or one of
/// your own, to change. Any number of threads may predict at once, as long as none changes the network at that time.
/// </summary>
/// <example>
/// <code>
/// Network network = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(network: NeuralNetworks.Mlp([8]), epochs: 5).Fit(data).Model.Network;
/// Console.WriteLine(network.ParameterCount);   // 75
///
/// var logits = new float[network.OutputShape.Size];
/// network.Predict([1, 2, 3, 100], logits);
///
/// Network folded = network.Fold();                       // predicts the same without batch norm
/// Console.WriteLine(folded.BatchNormLayers.Count);   // 0
/// </code>
/// </example>
[TypeFormatterSource(typeof(NotebookFormatterSource))]
public sealed partial class Network : INotebookView
{
    private readonly Layer[] layers;
    private readonly NetworkPasses passes;
    private Predictor? predictor;

    /// <summary>Builds the layers and gives the parameters their first values.</summary>
    /// <param name="definition">The layers; at least one.</param>
    /// <param name="input">The shape of one example.</param>
    /// <param name="seed">Equal seeds give equal networks.</param>
    /// <param name="initializer">
    /// How the weights start of layers that do not say so themselves; null for <see cref="Initializer.He"/>.
    /// </param>
    /// <exception cref="ArgumentException">There is no layer, or a layer cannot take what comes in; the message names it.</exception>
    public Network(NetworkDefinition definition, Shape input, int seed, Initializer? initializer = null)
        : this(LayerPlan.OfNew(definition, input, seed, initializer), input)
    {
    }

    internal Network(IReadOnlyList<LayerPlan> plans, Shape input)
    {
        InputShape = input;
        Definition = new NetworkDefinition([.. plans.Select(plan => plan.Definition)]);
        layers = [.. plans.Select(plan => plan.Build())];
        TrainableParameters = [.. layers.SelectMany(layer => layer.Parameters)];
        passes = new NetworkPasses(layers, input);
    }

    /// <summary>The layers as they were built: what the definition left open is settled.</summary>
    public NetworkDefinition Definition { get; }

    /// <summary>The shape of one example.</summary>
    public Shape InputShape { get; }

    /// <summary>The shape of one output.</summary>
    public Shape OutputShape => layers[^1].OutputShape;

    /// <summary>Weights, biases, gammas and betas, frozen ones too; running statistics are in <see cref="BatchNormLayers"/>.</summary>
    public NetworkParameters Parameters => field ??= new NetworkParameters(this);

    /// <summary>
    /// The numbers of the batch normalization layers as they are now, in the order in which data passes them, those inside residual blocks
    /// included.
    /// </summary>
    public IReadOnlyList<BatchNormInfo> BatchNormLayers => this.DescribeBatchNorm();

    /// <summary>Whether it is the network of a model, which cannot be changed; <see cref="Copy"/> gives one that can.</summary>
    public bool IsReadOnly { get; private set; }

    /// <summary>How many numbers training changes.</summary>
    public long ParameterCount => TrainableParameters.Sum(parameter => (long)parameter.Length);

    internal IReadOnlyList<Layer> Layers => layers;

    /// <summary>Forward and back, and the memory for it.</summary>
    internal NetworkPasses Passes => passes;

    /// <inheritdoc cref="NetworkPasses.TakesSparseRows"/>
    internal bool TakesSparseRows => passes.TakesSparseRows;

    /// <summary>
    /// Computes the outputs of the last layer for any number of rows, with running statistics and without dropout. The outputs of a row are
    /// the same to the last bit whatever other rows are in the call. Nothing is allocated once the network was asked before.
    /// </summary>
    /// <param name="features">
    /// Rows of <see cref="InputShape"/> values; an image pixel by pixel, the channels of a pixel side by side.
    /// </param>
    /// <param name="outputs">
    /// As many rows of <see cref="OutputShape"/> values. A classifier's are logits, and those of a regression with Poisson or Tweedie loss
    /// logarithms of the mean: a model's own Predict makes probabilities of them, and numbers in the unit of the label.
    /// </param>
    /// <exception cref="ArgumentException">The two do not hold the same number of whole rows.</exception>
    public void Predict(ReadOnlySpan<float> features, Span<float> outputs) => (predictor ??= ToPredictor()).Predict(features, outputs);

    /// <summary>
    /// How the outputs of <see cref="Predict(ReadOnlySpan{float}, Span{float})"/> follow each input: the gradient of sum(weight * output)
    /// by the inputs, row by row. With a weight of 1 for one class and 0 for the others it says how far each pixel moves the score of that
    /// class (Simonyan, Vedaldi and Zisserman, 2014, arXiv:1312.6034). The network stays as it is; each call makes a copy of it, so pass
    /// rows together.
    /// </summary>
    /// <param name="features">Rows of <see cref="InputShape"/> values, as Predict takes them.</param>
    /// <param name="outputWeights">As many rows of <see cref="OutputShape"/> values.</param>
    /// <param name="gradient">As many values as the features.</param>
    /// <exception cref="ArgumentException">The three do not hold the same number of whole rows.</exception>
    public void InputGradient(ReadOnlySpan<float> features, ReadOnlySpan<float> outputWeights, Span<float> gradient) =>
        InputGradients.Fill(this, features, outputWeights, gradient);

    /// <summary>A network of the same layers and numbers, which can be changed.</summary>
    /// <returns>The copy; this network stays as it is.</returns>
    public Network Copy() => CopyAs(Definition);

    /// <summary>Replaces what a batch normalization layer normalizes with in inference.</summary>
    /// <param name="layer">Name of the layer, as in <see cref="BatchNormLayers"/>.</param>
    /// <param name="mean">The running mean, one finite number per channel.</param>
    /// <param name="variance">The running variance, one finite number of 0 or more per channel.</param>
    /// <exception cref="ArgumentException">There is no such layer, or the numbers are not as said.</exception>
    /// <exception cref="InvalidOperationException">The network belongs to a model: <see cref="IsReadOnly"/>.</exception>
    public void SetRunningStatistics(string layer, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance)
    {
        var norm = this.BatchNorms().FirstOrDefault(norm => norm.Name == layer) ?? throw new ArgumentException(
            $"The network has no batch normalization layer '{layer}'. It has: {string.Join(", ", this.BatchNorms().Select(n => n.Name))}.",
            nameof(layer));
        NetworkParameter.RequireFinite(mean, norm.RunningMean.Length, layer, nameof(mean));
        NetworkParameter.RequireFinite(variance, norm.RunningVariance.Length, layer, nameof(variance));
        if (TensorPrimitives.Min(variance) < 0)
            throw new ArgumentException($"A running variance of '{layer}' is below 0.", nameof(variance));
        StartChange();
        mean.CopyTo(norm.RunningMean);
        variance.CopyTo(norm.RunningVariance);
    }

    /// <summary>
    /// A network without batch norm that gives in inference what this one gives up to rounding, about 1e-5 of the largest output where
    /// features lie around 0 and more where they lie far from it: every batch norm is folded into the dense layer or convolution right in
    /// front of it, inside residual blocks too. For passing on or looking into: prediction
    /// folds by itself, and this network keeps its statistics, to train on and to be saved.
    /// </summary>
    /// <returns>The copy; this network stays as it is.</returns>
    /// <exception cref="InvalidOperationException">
    /// A batch norm has something else in front of it, such as an activation, which it cannot move across; the message names it.
    /// </exception>
    public Network Fold() => BatchNormFolding.Fold(this);

    /// <summary>
    /// Replaces the running averages of all batch norm layers by precise statistics: the mean and variance of all values that the given
    /// rows bring in front of each layer, as the network is now (Wu and Johnson, 2021, arXiv:2105.07576). Useful after training, where a
    /// moving average lags behind the weights or comes from few small batches. All rows count the same. Frozen layers stay as they are.
    /// </summary>
    /// <param name="features">rows x inputs, drawn as the training rows are. A few thousand are enough.</param>
    /// <param name="batchSize">
    /// Rows that are normalized together on the way, as in training; at least 2. A single row left over joins the batch before it.
    /// </param>
    /// <exception cref="ArgumentException">There are fewer than 2 rows, or no whole rows.</exception>
    /// <exception cref="InvalidOperationException">The network belongs to a model: <see cref="IsReadOnly"/>.</exception>
    public void RecomputeStatistics(ReadOnlySpan<float> features, int batchSize)
    {
        var size = InputShape.Size;
        var rows = features.Length / size;
        if (rows < 2 || features.Length != rows * size)
            throw new ArgumentException(
                $"2 or more rows of {size} features were expected, got {features.Length} values.", nameof(features));
        var chunks = new RowChunks(rows, Require.AtLeast(2, batchSize, nameof(batchSize)));
        StartChange();
        for (var i = 0; i < chunks.Count; i++)
        {
            var (start, count) = chunks[i];
            Forward(features.Slice(start * size, count * size), count, Pass.Calibration(isFirst: i == 0));
        }
    }

    /// <summary>
    /// The layers as a table: name, output shape, number of parameters, <see cref="LayerInfo.ParameterBytes"/> and, for each row of a
    /// batch, <see cref="LayerInfo.ActivationBytes"/>; at the end the workspace of <see cref="TrainingBytes"/> and the sums.
    /// </summary>
    /// <returns>Several lines.</returns>
    public override string ToString() => LayerTable.TextOf(this);

    string INotebookView.ToHtml() => LayerTable.HtmlOf(this, $"{InputShape} to {OutputShape}");

    /// <summary>A copy for prediction, which later training does not change and any number of threads may use at once.</summary>
    internal Predictor ToPredictor() => new(InputShape, layers);

    /// <summary>Makes it the network of a model: nobody may change it any more.</summary>
    internal Network AsReadOnly()
    {
        IsReadOnly = true;
        return this;
    }

    /// <summary>Before numbers change: refuses where they must not, and forgets what was made of them.</summary>
    internal void StartChange()
    {
        if (IsReadOnly)
            throw new InvalidOperationException(
                "This network belongs to a model, which does not change. Change a copy, network.Copy(), and make a model of that: "
                + "transformer.WithNetwork(copy).");
        predictor = null;
    }

    /// <summary>A network with all numbers of this one.</summary>
    /// <param name="definition">The same layers, perhaps with other options.</param>
    internal Network CopyAs(NetworkDefinition definition)
    {
        var copy = new Network(LayerPlan.OfEmpty(definition, InputShape), InputShape);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Takes over all numbers of a network of the same layers.</summary>
    internal void CopyFrom(Network trained)
    {
        foreach (var (to, from) in layers.Zip(trained.layers))
            to.CopyFrom(from);
    }

    /// <summary>The same as the other Predict, to the last bit, of sparse rows, if it <see cref="TakesSparseRows"/>.</summary>
    internal void Predict(SparseRows features, Span<float> outputs) => (predictor ??= ToPredictor()).Predict(features, outputs);
}
