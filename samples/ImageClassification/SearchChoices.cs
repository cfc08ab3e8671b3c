namespace ImageClassification;

/// <summary>What the user decides about a search.</summary>
/// <param name="Trials">How many settings are tried.</param>
/// <param name="Epochs">Of those that are trained to the end.</param>
/// <param name="Seed">Decides everything random.</param>
/// <param name="Folder">Keeps the trials; null: nothing is kept.</param>
internal sealed record SearchChoices(int Trials, int Epochs, int Seed, string? Folder);
