namespace MLNet.BatchNorm.Transforms;

/// <summary>Which values of a vector share one mean, variance, gamma and beta.</summary>
public enum ChannelLayout
{
    /// <summary>Every slot is a channel of its own: tabular features.</summary>
    PerSlot,

    /// <summary>One channel after the other, each height x width values: what ML.NET's <c>ExtractPixels</c> delivers by default.</summary>
    ChannelsFirst,

    /// <summary>The channels of one pixel side by side: <c>ExtractPixels</c> with <c>interleavePixelColors: true</c>.</summary>
    ChannelsLast,
}
