namespace MLNet.BatchNorm;

/// <summary>
/// How long a layer takes in one step of training. A ReLU right behind a dense layer or batch normalization is computed in the passes of
/// that layer, as is max pooling by windows of 2 x 2 behind batch normalization, and a flatten behind another layer changes nothing in
/// memory: their own times are 0.
/// </summary>
/// <param name="Name">Name of the layer, as in <see cref="LayerInfo.Name"/>.</param>
/// <param name="Forward">The way forward.</param>
/// <param name="Backward">The way back: the gradients of its parameters and, except for the first layer, of its input.</param>
/// <example>
/// <code>
/// var model = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(network: NeuralNetworks.Mlp([64, 32]), epochs: 1).Fit(data).Model;
/// var batch = new float[32 * model.InputCount];
/// foreach (LayerTime time in model.MeasureLayers(batch))
///     Console.WriteLine($"{time.Name}: {time.Forward.TotalMicroseconds} + {time.Backward.TotalMicroseconds} us");
/// </code>
/// </example>
public sealed record LayerTime(string Name, TimeSpan Forward, TimeSpan Backward);
