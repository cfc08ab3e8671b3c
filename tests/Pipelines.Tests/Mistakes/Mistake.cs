namespace MLNet.BatchNorm.Pipelines.Tests.Mistakes;

/// <summary>A mistake that a user makes, and what the message about it must say.</summary>
/// <param name="Make">Makes the mistake.</param>
/// <param name="What">How the message names the argument, option, column or layer.</param>
/// <param name="Expected">What it says was expected.</param>
/// <param name="Found">What it says was found.</param>
/// <param name="Remedy">What it says to do; where what was expected says that already, the same.</param>
internal sealed record Mistake(Action Make, string What, string Expected, string Found, string Remedy);
