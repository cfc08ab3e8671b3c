namespace ImageClassification;

/// <summary>What the user decides about training.</summary>
internal sealed record TrainingChoices
{
    public static TrainingChoices Default { get; } = new();

    public int Seed { get; init; } = 1;

    public int Epochs { get; init; } = 100;

    public int BatchSize { get; init; } = 32;

    public string Network { get; init; } = Networks.Default;

    public int? Threads { get; init; }
}
