using ImageClassification.Pictures;
using MLNet.BatchNorm;

namespace ImageClassification.Report;

/// <summary>What a training was asked for and took: what one must know to repeat it and the model does not keep.</summary>
/// <param name="Options">With everything set that decides the model.</param>
/// <param name="Network">Name of the network.</param>
/// <param name="Data">The pictures.</param>
/// <param name="Start">When it began.</param>
/// <param name="Duration">Until the model was there, reading the pictures included.</param>
internal sealed record TrainingRun(
    NeuralNetworkOptions Options, string Network, PictureData Data, DateTimeOffset Start, TimeSpan Duration);
