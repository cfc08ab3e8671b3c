namespace MLNet.BatchNorm;

/// <summary>
/// A layer of a built network: its name and what it costs. What a step of training needs in all, <see cref="Network.TrainingBytes"/> says.
/// </summary>
/// <param name="Name">
/// Its kind and number, as "dense2"; a layer inside a residual block has the block's name in front: "residual1.dense2".
/// </param>
/// <param name="InputShape">Shape of one example in front of it.</param>
/// <param name="OutputShape">Shape of one example behind it.</param>
/// <param name="ParameterCount">How many numbers of it training changes, those of the layers inside it included.</param>
/// <param name="ParameterBytes">
/// Memory of its parameters and, for those that training changes, of their gradients, in bytes; the layers inside it included.
/// </param>
/// <param name="ActivationBytes">
/// Memory for each row of a batch that a training step keeps from the way forward to the way back, in bytes: the output of the layer if the
/// way back reads it, and what the layer keeps itself, such as the mask of a dropout; the layers inside it included.
/// </param>
/// <param name="InnerLayers">
/// The layers of a residual block, first to last, those of its projection behind them; empty for every other layer.
/// </param>
/// <example>
/// <code>
/// var model = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(network: NeuralNetworks.Mlp([8]), epochs: 1).Fit(data).Model;
/// foreach (LayerInfo layer in model.Layers.Where(layer => layer.ParameterCount > 0))
///     Console.WriteLine($"{layer.Name}: {layer.OutputShape}, {layer.ParameterCount} parameters");
/// </code>
/// </example>
public sealed record LayerInfo(
    string Name, Shape InputShape, Shape OutputShape, long ParameterCount, long ParameterBytes, long ActivationBytes,
    IReadOnlyList<LayerInfo> InnerLayers);
