namespace MLNet.BatchNorm.Core.Training;

/// <summary>What a training is known by beside its network: another one must not go on from its checkpoint.</summary>
/// <param name="Version">Of the library.</param>
/// <param name="Options">Those that decide what is learned.</param>
/// <param name="Labels">What the outputs stand for, in their order; empty where they are numbers or have no names.</param>
/// <param name="Features">Names of the features, in their order; empty where they have none.</param>
internal sealed record TrainingDescription(
    string Version, IReadOnlyList<OptionValue> Options, IReadOnlyList<string> Labels, IReadOnlyList<string> Features);
