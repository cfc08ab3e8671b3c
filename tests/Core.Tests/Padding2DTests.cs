namespace MLNet.BatchNorm.Core.Tests;

public class Padding2DTests
{
    // Keras' and TensorFlow's rule: an output of ceil(length / stride), an odd pixel at the end.
    [Theory]
    [InlineData(5, 3, 1, 1, 1)]
    [InlineData(6, 3, 2, 0, 1)]
    [InlineData(5, 3, 2, 1, 1)]
    [InlineData(224, 7, 2, 2, 3)]
    [InlineData(4, 1, 2, 0, 0)]
    [InlineData(5, 2, 1, 0, 1)]
    public void Same_AnyLength_GivesTheLengthOverTheStrideRoundedUp(int length, int window, int stride, int before, int after)
    {
        var image = Shape.Image(length, 9, 1);

        var padding = Padding2D.Same(image, new Size2D(window, 3), new Size2D(stride, 1));

        padding.Should().Be(new Padding2D(before, 1, after, 1));
        new Conv2DDefinition(1) { KernelHeight = window, Stride = new Size2D(stride, 1), Padding = padding }
            .OutputShape(image).Should().Be(Shape.Image((length + stride - 1) / stride, 9, 1));
    }

    [Fact]
    public void ToString_SameOrDifferentSides_SaysThem()
    {
        ((Padding2D)2).ToString().Should().Be("2");
        new Padding2D(0, 1, 2, 3).ToString().Should().Be("0,1,2,3");
        new Size2D(3, 2).ToString().Should().Be("3x2");
    }
}
