namespace Distributed;

/// <summary>Something that the user can put right: the message is all that is printed.</summary>
internal sealed class UserError(string message) : Exception(message);
