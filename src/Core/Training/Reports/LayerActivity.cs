using MLNet.BatchNorm.Core.Optimizers;

namespace MLNet.BatchNorm;

/// <summary>
/// What a layer did in the last training batch: how large its values became, and how strongly the loss pulls at its parameters. Shows where
/// signals or gradients vanish or explode. A view of the network at work, so it is read in the callback that gave it; later it shows a
/// later batch. Nothing is computed unless asked for.
/// </summary>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Network = NeuralNetworks.Mlp([16, 16]),
///     Epochs = 2,
///     BatchProgressEvery = 4,
///     BatchProgress = report =>
///     {
///         foreach (LayerActivity layer in report.Layers)
///             Console.WriteLine($"step {report.Step}, {layer.Name}: norm of the gradient {layer.GradientNorm:g3}");
///     },
/// });
/// var model = trainer.Fit(data);
/// </code>
/// </example>
public sealed class LayerActivity
{
    private readonly Network network;
    private readonly int index;

    internal LayerActivity(Network network, int index)
    {
        this.network = network;
        this.index = index;
    }

    /// <summary>Kind and number: "dense1".</summary>
    public string Name => Layer.Name;

    /// <summary>The shape of one example behind the layer.</summary>
    public Shape OutputShape => Layer.OutputShape;

    /// <summary>
    /// What the layer gave in the forward pass of training: rows x values, as many values as <see cref="OutputShape"/> says, channels last.
    /// A dense layer or batch normalization with a ReLU behind it is computed together with it and shows what the ReLU gave. Empty for
    /// layers that are frozen.
    /// </summary>
    public ReadOnlySpan<float> Output => network.TrainedOutput(index);

    /// <summary>
    /// The Euclidean norm of the gradient of the mean loss by all parameters of the layer, after clipping if the optimizer clips; 0 for a
    /// layer that has none. A residual block counts as one layer.
    /// </summary>
    public double GradientNorm => GradientClipping.NormOf(Layer.Parameters);

    private Layer Layer => network.Layers[index];
}
