
namespace MLNet.BatchNorm.Core.Tests;

public class ShapeTests
{
    [Fact]
    public void ToString_VectorAndImage_ReadAsDimensions()
    {
        Shape.Vector(64).ToString().Should().Be("64");
        Shape.Image(8, 6, 1).ToString().Should().Be("8x6x1");
        Shape.Image(8, 6, 3).Size.Should().Be(144);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, -1, 1)]
    [InlineData(1, 1, 0)]
    [InlineData(65536, 65536, 65536)]
    public void Image_ImpossibleDimensions_Throws(int height, int width, int channels)
    {
        var make = () => Shape.Image(height, width, channels);

        make.Should().Throw<ArgumentException>();
    }
}
