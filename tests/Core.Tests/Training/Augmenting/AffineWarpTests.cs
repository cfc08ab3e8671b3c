using MLNet.BatchNorm.Core.Tests.Support;
using MLNet.BatchNorm.Core.Training.Augmenting;

namespace MLNet.BatchNorm.Core.Tests.Training.Augmenting;

public class AffineWarpTests
{
    private const float Fill = -7;
    private static readonly Shape Image = Shape.Image(5, 7, 3);
    private static readonly float[] Picture = Some.Values(Image.Size, seed: 1);

    [Fact]
    public void Apply_Nothing_LeavesEveryBit() => Warped(Image, Picture).Should().Equal(Picture);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(0, 1)]
    [InlineData(-3, -2)]
    [InlineData(9, 0)]   // out of the picture
    public void Apply_WholePixels_MovesThemExactly(int right, int down)
    {
        var moved = Warped(Image, Picture, right: right, down: down);

        ForEach(Image, (y, x, c) => moved[Index(Image, y, x, c)].Should().Be(At(Image, Picture, y - down, x - right, c)));
    }

    [Fact]
    public void Apply_Flip_MirrorsLeftToRightExactly()
    {
        var flipped = Warped(Image, Picture, flip: true);

        ForEach(Image, (y, x, c) => flipped[Index(Image, y, x, c)].Should().Be(At(Image, Picture, y, Image.Width - 1 - x, c)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void Apply_RightAngles_TurnClockwiseExactly(int side)
    {
        var square = Shape.Image(side, side, 2);
        var picture = Some.Values(square.Size, seed: 2);

        var quarter = Warped(square, picture, degrees: 90);
        var half = Warped(square, picture, degrees: -180);

        ForEach(square, (y, x, c) =>
        {
            quarter[Index(square, x, side - 1 - y, c)].Should().Be(picture[Index(square, y, x, c)]);
            half[Index(square, side - 1 - y, side - 1 - x, c)].Should().Be(picture[Index(square, y, x, c)]);
        });
    }

    [Theory]
    [InlineData(false, 1, 30, 0, 0)]
    [InlineData(true, 0.7, -12.5, 1.3, -0.4)]
    [InlineData(false, 1.9, 171, -0.25, 2.6)]
    public void Apply_AnyMap_IsTheBilinearInterpolationOfTheSource(bool flip, double scale, double degrees, double right, double down)
    {
        var warped = Warped(Image, Picture, flip, scale, degrees, right, down);

        // Step by step back from the pixel, in double.
        var radians = degrees * Math.PI / 180;
        ForEach(Image, (y, x, c) =>
        {
            double u = x - 3.0 - right, v = y - 2.0 - down;
            (u, v) = (Math.Cos(radians) * u + Math.Sin(radians) * v, Math.Cos(radians) * v - Math.Sin(radians) * u);
            (u, v) = (u / scale, v / scale);
            var (sourceX, sourceY) = ((flip ? -u : u) + 3, v + 2);
            var expected = 0.0;
            for (var row = -20; row < 30; row++)
                for (var column = -20; column < 30; column++)
                {
                    var share = Math.Max(0, 1 - Math.Abs(sourceX - column)) * Math.Max(0, 1 - Math.Abs(sourceY - row));
                    expected += share * At(Image, Picture, row, column, c);
                }

            // Positions are rounded to 2^-16 of a pixel, and neighbours differ by less than 15.
            ((double)warped[Index(Image, y, x, c)]).Should().BeApproximately(expected, 2 * 15 * Math.Pow(2, -17) + 1e-5);
        });
    }

    private static float[] Warped(
        Shape image, float[] picture, bool flip = false, double scale = 1, double degrees = 0, double right = 0, double down = 0)
    {
        var warped = new float[picture.Length];
        AffineWarp.Around(image, flip, scale, degrees, right, down).Apply(image, picture, warped, Fill);
        return warped;
    }

    private static int Index(Shape image, int y, int x, int channel) => (y * image.Width + x) * image.Channels + channel;

    private static float At(Shape image, float[] picture, int y, int x, int channel) =>
        y >= 0 && y < image.Height && x >= 0 && x < image.Width ? picture[Index(image, y, x, channel)] : Fill;

    private static void ForEach(Shape image, Action<int, int, int> check)
    {
        for (var y = 0; y < image.Height; y++)
            for (var x = 0; x < image.Width; x++)
                for (var c = 0; c < image.Channels; c++)
                    check(y, x, c);
    }
}
