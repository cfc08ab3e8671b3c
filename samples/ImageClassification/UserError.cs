namespace ImageClassification;

/// <summary>Something that the user can put right. The program prints the message, one line, and ends with exit code 2.</summary>
internal sealed class UserError(string message) : Exception(message);
