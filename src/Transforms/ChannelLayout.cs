namespace MLNet.BatchNorm;

/// <summary>
/// How the values of a vector lie: each a channel of its own, or an image in one of two orders. The values of one channel share a mean,
/// variance, gamma and beta. The numbers are part of the saved format.
/// </summary>
/// <example>
/// <code>
/// var estimator = ml.Transforms.BatchNormalization("Features", layout: ChannelLayout.ChannelsFirst);
/// var column = estimator.Fit(pictures).Columns[0];
/// Console.WriteLine($"{column.Slots} values, {column.Channels} channel");   // 64 values, 1 channel
/// </code>
/// </example>
public enum ChannelLayout
{
    /// <summary>Every slot is a channel of its own: tabular features.</summary>
    PerSlot = 0,

    /// <summary>One channel after the other, each height x width values: what ML.NET's <c>ExtractPixels</c> delivers by default.</summary>
    ChannelsFirst = 1,

    /// <summary>The channels of one pixel side by side: <c>ExtractPixels</c> with <c>interleavePixelColors: true</c>.</summary>
    ChannelsLast = 2,
}
