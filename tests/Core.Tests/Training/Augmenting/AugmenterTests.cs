using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;
using MLNet.BatchNorm.Core.Tests.Numerics;
using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training;
using MLNet.BatchNorm.Core.Training.Augmenting;

namespace MLNet.BatchNorm.Core.Tests.Training.Augmenting;

[Collection(nameof(WorkersAlone))]
public class AugmenterTests
{
    private const int Rows = 40;
    private static readonly Shape Image = Shape.Image(6, 9, 2);

    private static readonly Augmentation Everything = new()
    {
        Shift = 0.2f,
        RotationDegrees = 30,
        Scale = 0.3f,
        HorizontalFlip = true,
        Brightness = 0.1f,
        Contrast = 0.2f,
        Cutout = 0.4f,
        MixUp = 0.4f,
    };

    public static TheoryData<Augmentation, bool, bool> Alone => new()
    {
        { new(), false, false },
        { new() { Shift = 0.1f }, true, true },
        { new() { RotationDegrees = 0.5f }, true, true },
        { new() { Scale = 0.1f }, true, true },
        { new() { HorizontalFlip = true }, true, true },
        { new() { Brightness = 0.1f }, false, true },
        { new() { Contrast = 0.1f }, false, true },
        { new() { Cutout = 0.1f }, false, true },
        { new() { MixUp = 0.1f }, false, false },
        { new() { FillValue = 0.1f }, false, false },
    };

    [Theory]
    [MemberData(nameof(Alone))]
    public void Augmentation_OneOptionAlone_MovesPixelsOrChangesPictures(Augmentation augmentation, bool movesPixels, bool needsImages) =>
        (augmentation.MovesPixels, augmentation.NeedsImages).Should().Be((movesPixels, needsImages), augmentation.ToString());

    [Fact]
    public void Apply_TwoThreadsOrAnotherAugmenter_GivesTheSameBits()
    {
        const int rows = 6000;   // enough work to wake the other thread
        using var two = new MaxThreads(2);
        var shared = Augmented(Everything, rows: rows);
        NumericsThreads.Max = 1;

        Augmented(Everything, rows: rows).Should().Equal(shared);
    }

    [Fact]
    public void Apply_StepSeedOrRow_DrawsAnew()
    {
        var pictures = Augmented(new Augmentation { Brightness = 1 }, features: new float[Rows * Image.Size]);

        Augmented(Everything, step: 2).Should().NotEqual(Augmented(Everything));
        Augmented(Everything, seed: 2).Should().NotEqual(Augmented(Everything));
        pictures.Chunk(Image.Size).Select(picture => picture[0]).Distinct().Should().HaveCountGreaterThan(Rows - 3);
    }

    [Fact]
    public void Apply_Nothing_LeavesEveryBit() => Augmented(new Augmentation()).Should().Equal(Some.Values(Rows * Image.Size, seed: 5));

    [Fact]
    public void Draw_AnyOptions_StaysInTheStatedRangesAndReachesNearlyTheirEnds()
    {
        var draws = Enumerable.Range(0, 2000).Select(i => PictureChange.Draw(Everything, Image, new CounterRandom((ulong)i))).ToArray();

        // Of the map's matrix the determinant is 1 / scale^2, negative if flipped, and the second row 1 / scale * (-sin, cos).
        var scales = draws.Select(draw => 1 / Math.Sqrt(Math.Abs(Determinant(draw.Warp)))).ToArray();
        var degrees = draws.Select(draw => Math.Atan2(-draw.Warp.Yx, draw.Warp.Yy) * 180 / Math.PI).ToArray();
        Spans(scales, 0.7, 1.3);
        Spans(degrees, -30, 30);
        Spans([.. draws.Select(draw => Shift(draw).Right)], -0.2 * 9, 0.2 * 9);
        Spans([.. draws.Select(draw => Shift(draw).Down)], -0.2 * 6, 0.2 * 6);
        Spans([.. draws.Select(draw => (double)draw.Contrast)], 0.8, 1.2);
        Spans([.. draws.Select(draw => (double)draw.Brightness)], -0.1, 0.1);
        draws.Count(draw => Determinant(draw.Warp) < 0).Should().BeInRange(900, 1100);   // 1000, deviation 22
        draws.Select(draw => draw.Cut).Distinct().Should().HaveCount(6 * 9);

        static void Spans(double[] values, double lowest, double highest)
        {
            // The nearest of 2000 draws to an end is 1/2000 of the range away on average.
            var slack = (highest - lowest) / 100;
            values.Min().Should().BeInRange(lowest - 1e-6, lowest + slack);
            values.Max().Should().BeInRange(highest - slack, highest + 1e-6);
            values.Average().Should().BeApproximately((lowest + highest) / 2, 3 * slack);   // deviation (highest - lowest) / 155
        }

        static double Determinant(AffineWarp map) => map.Xx * map.Yy - map.Xy * map.Yx;

        // Where the middle went: the pixel that shows the source's middle (4, 2.5), found by Cramer's rule.
        static (double Right, double Down) Shift(PictureChange draw)
        {
            var (x, y, determinant) = (4 - draw.Warp.X0, 2.5 - draw.Warp.Y0, Determinant(draw.Warp));
            return (
                (x * draw.Warp.Yy - y * draw.Warp.Xy) / determinant - 4,
                (y * draw.Warp.Xx - x * draw.Warp.Yx) / determinant - 2.5);
        }
    }

    [Fact]
    public void Draw_OneOptionMore_LeavesWhatTheOthersDraw()
    {
        var without = PictureChange.Draw(Everything with { RotationDegrees = 0, HorizontalFlip = false }, Image, new CounterRandom(3));
        var with = PictureChange.Draw(Everything, Image, new CounterRandom(3));

        (with.Contrast, with.Brightness, with.Cut).Should().Be((without.Contrast, without.Brightness, without.Cut));
    }

    [Fact]
    public void Apply_ContrastAndBrightness_AreTheFormula()
    {
        var options = new Augmentation { Contrast = 0.5f, Brightness = 0.3f };
        var features = Some.Values(Rows * Image.Size, seed: 5, shift: 3);

        var changed = Augmented(options, features: features);

        foreach (var (before, after) in features.Chunk(Image.Size).Zip(changed.Chunk(Image.Size)))
        {
            double mean = before.Average(), newMean = after.Average();
            var contrast = ((double)after.Max() - after.Min()) / ((double)before.Max() - before.Min());
            contrast.Should().BeInRange(0.5, 1.5);
            (newMean - mean).Should().BeInRange(-0.3, 0.3);
            after.ShouldAgree([.. before.Select(value => (value - mean) * contrast + newMean)], 1e-5);   // a sum of 108 floats of 3
        }
    }

    [Theory]
    [InlineData(0.5f, 3)]
    [InlineData(0.01f, 1)]
    [InlineData(1f, 6)]
    public void Apply_Cutout_FillsASquareThatMayLieInPartOutside(float cutout, int side)
    {
        var ones = new float[2000 * Image.Size];
        Array.Fill(ones, 1);

        var cut = Augmented(new Augmentation { Cutout = cutout, FillValue = 5 }, rows: 2000, features: ones);

        var squares = cut.Chunk(Image.Size).Select(Filled).ToArray();
        squares.Should().OnlyContain(square => square.IsFull && square.Height <= side && square.Width <= side);
        squares.Should().Contain(square => square.Height == side && square.Width == side);
        squares.Select(square => square.Height).Min().Should().Be((side + 1) / 2);   // the middle is always inside

        static (int Height, int Width, bool IsFull) Filled(float[] picture)
        {
            var pixels = Enumerable.Range(0, Image.Pixels)
                .Where(pixel => picture[2 * pixel] == 5 && picture[2 * pixel + 1] == 5).ToArray();
            var rows = pixels.Select(pixel => pixel / 9).Distinct().Count();
            var columns = pixels.Select(pixel => pixel % 9).Distinct().Count();
            return (rows, columns, pixels.Length == rows * columns && 2 * pixels.Length == picture.Count(value => value != 1));
        }
    }

    [Fact]
    public void Make_OptionsOutOfRange_SayWhatIsAllowed()
    {
        Refused(() => new Augmentation { Shift = 1 }, "Shift must be at least 0 and less than 1*");
        Refused(() => new Augmentation { RotationDegrees = 181 }, "RotationDegrees must be 0 to 180*");
        Refused(() => new Augmentation { Scale = 0.95f }, "Scale must be 0 to 0.9*");
        Refused(() => new Augmentation { Brightness = -1 }, "Brightness must be 0 or more*");
        Refused(() => new Augmentation { Contrast = 1 }, "Contrast must be at least 0 and less than 1*");
        Refused(() => new Augmentation { Cutout = float.NaN }, "Cutout must be 0 to 1*");
        Refused(() => new Augmentation { MixUp = -0.1f }, "MixUp must be 0 or more*");
        Refused(() => new Augmentation { FillValue = float.NaN }, "FillValue must be finite*");

        static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentOutOfRangeException>().WithMessage(message);
    }

    [Fact]
    public void Run_VectorsWithPictureOptions_SaysThatImagesAreNeeded()
    {
        var settings = new TrainingSettings { Augmentation = new Augmentation { Shift = 0.1f } };
        var run = () => new TrainingLoop(Some.SmallNetwork(), new SoftmaxCrossEntropy(), settings).Run(Some.Clusters(50, 5, 3, seed: 1));

        run.Should().Throw<ArgumentException>().WithMessage(
            "The augmentation changes images, but the network takes a vector of 5 values*ImageShape*");
    }

    [Fact]
    public void Run_WithAugmentation_TrainsOnChangedRowsAndValidatesOnTheRowsAsTheyAre()
    {
        var network = ImageNetwork();
        var rows = Some.Clusters(64, Image.Size, 3, seed: 1);
        var settings = new TrainingSettings { Epochs = 2, Augmentation = Everything with { MixUp = 0 } };

        var history = new TrainingLoop(network, new SoftmaxCrossEntropy(), settings).Run(rows, rows).History;

        // Asked again as it is now: nothing may have touched the validation rows.
        var rule = new Sgd().Over(network.TrainableParameters);
        var score = new TrainingStep(network, new SoftmaxCrossEntropy(), rule, default, 64).NewMeter();
        using var batches = rows.InBatches(64);
        batches.Start(shuffle: null);
        var batch = batches.Next();
        score.Add(batch, network.Forward(batch.Features, 64, Core.Layers.Pass.Inference), new float[64 * 3]);
        history[^1].ValidationLoss!.Value.Should().BeApproximately(score.Loss, 1e-6);
        var plain = new TrainingLoop(ImageNetwork(), new SoftmaxCrossEntropy(), settings with { Augmentation = null });
        history[0].TrainingLoss.Should().NotBe(plain.Run(rows, rows).History[0].TrainingLoss);
    }

    [Fact]
    public void Run_WithAugmentation_AllocatesNothingPerStep()
    {
        static long Allocated(int rows)
        {
            using var one = new MaxThreads(1);
            var settings = new TrainingSettings { Augmentation = Everything, Epochs = 3 };
            var data = Some.Clusters(rows, Image.Size, 3, seed: 2);
            return Allocations.Of(() => new TrainingLoop(ImageNetwork(), new SoftmaxCrossEntropy(), settings).Run(data));
        }

        // The order of the rows takes 4 bytes for each; the steps more take nothing.
        (Allocated(320) - Allocated(64)).Should().BeLessThan(4 * 256 + 1000);
    }

    private static Network ImageNetwork() => new(NetworkDefinition.Empty.Conv2D(4).BatchNorm().Relu().Dense(3), Image, seed: 1);

    private static Batch BatchOf(float[] features, float[] targets)
    {
        var batch = new Batch(features.Length / targets.Length, targets.Length);
        batch.Clear(hasWeights: false);
        for (var row = 0; row < targets.Length; row++)
        {
            features.AsSpan(row * Image.Size, Image.Size).CopyTo(batch.NewRow());
            batch.Add(targets[row], 1);
        }

        return batch;
    }

    private static float[] Augmented(Augmentation options, int rows = Rows, long step = 1, ulong seed = 1, float[]? features = null)
    {
        var batch = BatchOf(features ?? Some.Values(rows * Image.Size, seed: 5), new float[rows]);
        new Augmenter(options, ImageNetwork(), new CounterRandom(seed), rows).Apply(batch, step);
        return batch.Features.ToArray();
    }
}
