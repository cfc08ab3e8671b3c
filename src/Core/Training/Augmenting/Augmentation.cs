using MLNet.BatchNorm.Core;

namespace MLNet.BatchNorm;

/// <summary>
/// Random changes to the training rows, drawn anew for every row of every batch, so that a network sees each picture a little different
/// each time. Validation rows and predictions are never changed. Immutable; what is not set does nothing.
/// </summary>
/// <remarks>
/// A picture is flipped, scaled, rotated and shifted in one pass with bilinear interpolation, around its middle; then contrast and
/// brightness change, then a square is cut out, then pictures are mixed. Lengths are shares of the picture, angles degrees, brightness and
/// fill are in the unit of the features. What is drawn follows from the seed, the number of the step and the row's place in the batch
/// alone. All but <see cref="MixUp"/> needs images.
/// </remarks>
/// <example>
/// <code>
/// var trainer = ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
/// {
///     Network = NeuralNetworks.SmallCnn([8]),
///     Augmentation = new Augmentation { Shift = 0.1f, RotationDegrees = 10, Cutout = 0.3f },
///     Epochs = 2,
/// });
/// var model = trainer.Fit(pictures);
/// </code>
/// </example>
public sealed record Augmentation
{
    /// <summary>
    /// Farthest shift, as a share of the height up or down and of the width left or right; each drawn from [-Shift, Shift]. 0 or more,
    /// less than 1; default 0. 0.1 moves a picture of 28 pixels by up to 2.8.
    /// </summary>
    public float Shift { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>
    /// Largest rotation either way, in degrees; the angle is drawn from [-RotationDegrees, RotationDegrees]. 0 to 180; default 0.
    /// </summary>
    public float RotationDegrees { get; init => field = Require.Within(0, 180, value); }

    /// <summary>
    /// Largest change of size: the factor is drawn from [1 - Scale, 1 + Scale], the same for height and width. 0 to 0.9; default 0.
    /// </summary>
    public float Scale { get; init => field = Require.Within(0, 0.9f, value); }

    /// <summary>Whether half of the pictures are mirrored left to right; default false. Not for digits or letters.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary>
    /// Largest value added to or taken from all values of a picture, in the unit of the features; 0 or more; default 0. Results are not
    /// clipped to the range of the features.
    /// </summary>
    public float Brightness { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Largest change of contrast: the distance of every value to the picture's mean is multiplied by a factor from [1 - Contrast, 1 +
    /// Contrast]. 0 or more, less than 1; default 0.
    /// </summary>
    public float Contrast { get; init => field = Require.FractionBelowOne(value); }

    /// <summary>
    /// Side of a square that is filled, as a share of the shorter side of the picture and at least a pixel. Its middle is any pixel, so
    /// that a part of it may lie outside (DeVries and Taylor, 2017, arXiv:1708.04552). 0 to 1; default 0: none.
    /// </summary>
    public float Cutout { get; init => field = Require.Within(0, 1, value); }

    /// <summary>
    /// Alpha of mixup: rows of a batch are mixed in pairs, features as share * x + (1 - share) * x', loss likewise of both labels, with
    /// one share per batch from Beta(alpha, alpha) (Zhang et al., 2018, arXiv:1710.09412), the larger part a row's own. 0 or more; default
    /// 0: none; the paper has 0.1 to 0.4. For classes only. Training losses are those of the mixtures, and the metric asks for the label
    /// of the larger part.
    /// </summary>
    public float MixUp { get; init => field = Require.NotNegative(value); }

    /// <summary>What lies outside of a picture and in a square that is cut out; finite; default 0.</summary>
    public float FillValue { get; init => field = Require.Finite(value); }

    /// <summary>Whether pixels move.</summary>
    internal bool MovesPixels => HorizontalFlip || Shift > 0 || RotationDegrees > 0 || Scale > 0;

    /// <summary>Whether pictures change one by one, for which rows must be images.</summary>
    internal bool NeedsImages => MovesPixels || Brightness > 0 || Contrast > 0 || Cutout > 0;
}
