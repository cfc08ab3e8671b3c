namespace MLNet.BatchNorm.Core.Layers;

/// <summary>A window is larger than what lies under it, so that a larger image may help.</summary>
internal sealed class WindowDoesNotFitException(string message) : ArgumentException(message);
