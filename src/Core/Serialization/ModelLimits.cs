using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// What a saved model, network or checkpoint may ask for when it is read. A small file can name layers that take all memory or run for
/// hours, and anybody can compute a checksum; over one of these limits reading ends in a <see cref="ModelFormatException"/> that names it.
/// The defaults leave room for every model that is known to be honest; networks that the program itself builds have no limits.
/// </summary>
/// <remarks>
/// <c>ModelLimits.Current = ModelLimits.Current with { OperationsPerRow = 2_000_000_000_000 };</c> before loading, once per process.
/// </remarks>
/// <example>
/// A server that loads models of strangers:
/// <code>
/// ModelLimits.Current = ModelLimits.Current with { OperationsPerRow = 1_000_000_000, ActivationsPerRow = 10_000_000 };
/// </code>
/// </example>
public sealed record ModelLimits
{
    /// <summary>The limits of this process. Each read takes those that hold when it starts.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public static ModelLimits Current
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, Require.NotNull(value));
    } = new();

    /// <summary>Bytes of one saved component, unpacked; positive, default 2^30: 268 million parameters.</summary>
    public long PayloadBytes { get; init => field = Require.Positive(value); } = 1L << 30;

    /// <summary>
    /// Layers of a network, those inside blocks and the blocks themselves; positive, default 5,000: half as many again as ResNet-1001 has.
    /// </summary>
    public int Layers { get; init => field = Require.Positive(value); } = 5_000;

    /// <summary>
    /// Values of 4 bytes that the prediction of one row keeps at once: what goes into and comes out of the widest layer, and what a layer
    /// needs besides, such as the padding around an image; in blocks within blocks of each. Positive, default 2^27 (0.5 GB): VGG-19 for
    /// pictures of 1024x1024 pixels.
    /// </summary>
    public long ActivationsPerRow { get; init => field = Require.Positive(value); } = 1L << 27;

    /// <summary>
    /// Float operations of the prediction of one row, of which a processor core does some 10^10 in a second; positive, default 5 * 10^11:
    /// four times ResNet-152 for pictures of 512x512 pixels.
    /// </summary>
    public long OperationsPerRow { get; init => field = Require.Positive(value); } = 500_000_000_000;

    /// <summary>
    /// Parameters that the layers have without bytes for them in the file, as the weights of columns that training never saw, or the gamma
    /// of 1 of a normalization that learns none. 0 or more, default 2^26 (268 MB): 64 units over a million columns.
    /// </summary>
    public long ImpliedParameters { get; init => field = Require.NotNegative(value); } = 1L << 26;

    internal static ModelFormatException Exceeded(string component, Int128 needed, long limit, string what, string limitName) => new(
        component,
        $"it asks for {needed} {what}, more than the {limit} of {nameof(ModelLimits)}.{limitName}. If you trust where it comes from, allow "
        + $"more before reading it: {nameof(ModelLimits)}.{nameof(Current)} = {nameof(ModelLimits)}.{nameof(Current)} with "
        + $"{{ {limitName} = {needed} }}.");
}
