namespace MLNet.BatchNorm;

/// <summary>The numbers of one batch normalization layer, one per channel each: copies, which later training does not change.</summary>
/// <param name="Name">Name of the layer, as in <see cref="LayerInfo.Name"/>.</param>
/// <param name="Gamma">The factors; all 1 where the layer does not scale.</param>
/// <param name="Beta">The summands; all 0 where the layer does not center.</param>
/// <param name="RunningMean">What inference subtracts.</param>
/// <param name="RunningVariance">What inference divides by the root of, after epsilon was added.</param>
/// <param name="Batches">How many training batches the running statistics have seen; ghost batches count each.</param>
/// <example>
/// <code>
/// var model = ml.MulticlassClassification.Trainers
///     .NeuralNetwork(network: NeuralNetworks.Mlp([8, 4]), epochs: 5).Fit(data).Model;
/// foreach (BatchNormInfo norm in model.BatchNormLayers)
///     Console.WriteLine($"{norm.Name}: {norm.Gamma.Count} channels, gamma {norm.Gamma.Min()} to {norm.Gamma.Max()}");
/// </code>
/// </example>
public sealed record BatchNormInfo(
    string Name, IReadOnlyList<float> Gamma, IReadOnlyList<float> Beta,
    IReadOnlyList<float> RunningMean, IReadOnlyList<float> RunningVariance, long Batches);
