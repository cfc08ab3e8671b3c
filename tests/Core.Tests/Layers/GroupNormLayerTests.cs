using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class GroupNormLayerTests
{
    private const int Rows = 3;
    private static readonly Shape Image = Shape.Image(4, 5, 6);

    public static TheoryData<NormDefinition> Norms => [new GroupNormDefinition(2), new LayerNormDefinition(), new InstanceNormDefinition()];

    [Theory]
    [MemberData(nameof(Norms))]
    public void Forward_FarFromZero_GivesMean0AndVariance1PerGroup(NormDefinition definition)
    {
        // Mean 1e4 at deviation 1: E[x^2] - E[x]^2 in float32 would leave no digit. One float32 ulp of x is 1e-3.
        var x = Some.Values(Rows * Image.Size, seed: 1, shift: 1e4f);
        var y = Forward(definition, x, Rows);

        var groups = definition is GroupNormDefinition group ? group.Groups : definition is LayerNormDefinition ? 1 : Image.Channels;
        for (var row = 0; row < Rows; row++)
            for (var g = 0; g < groups; g++)
            {
                var values = Enumerable.Range(row * Image.Size, Image.Size)
                    .Where(i => i % Image.Channels / (Image.Channels / groups) == g).Select(i => (double)y[i]).ToArray();
                var mean = values.Average();
                mean.Should().BeApproximately(0, 2e-3);   // the mean is rounded to float32, which is 1e-3 of a deviation
                values.Average(value => (value - mean) * (value - mean)).Should().BeApproximately(1, 1e-4);
            }
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void Forward_InputShiftedAndScaled_StaysTheSame(NormDefinition definition)
    {
        var x = Some.Values(Rows * Image.Size, seed: 1);

        var moved = Forward(definition, [.. x.Select(value => 8 * value + 4)], Rows);

        moved.ShouldAgree([.. Forward(definition, x, Rows).Select(value => (double)value)], 2e-5);   // epsilon counts 64 times less
    }

    [Theory]
    [MemberData(nameof(Norms))]
    public void Forward_RowAloneOrFrozen_IsTheSameBits(NormDefinition definition)
    {
        var x = Some.Values(Rows * Image.Size, seed: 1);
        var together = Forward(definition, x, Rows);
        var frozen = (float[])x.Clone();
        definition.Build(Some.Site(Image, definition)).ForInference()!(frozen, frozen, Rows);   // in place

        frozen.Should().Equal(together);
        Forward(definition, x[..Image.Size], 1).Should().Equal(together[..Image.Size]);
    }

    [Fact]
    public void Parameters_LayerNorm_OnePerValueAndElseOnePerChannel()
    {
        Sizes(new LayerNormDefinition()).Should().Equal(Image.Size, Image.Size);
        Sizes(new GroupNormDefinition(3) { Center = false }).Should().Equal(Image.Channels);
        Sizes(new InstanceNormDefinition { Scale = false, Center = false }).Should().BeEmpty();
        foreach (var definition in new NormDefinition[] { new LayerNormDefinition(), new GroupNormDefinition(3) { Center = false } })
            definition.StateSize(Image).Should().Be(Sizes(definition).Sum());

        static IEnumerable<int> Sizes(NormDefinition definition) =>
            definition.Build(Some.Site(Image, definition)).Parameters.Select(parameter => parameter.Length);
    }

    [Fact]
    public void OutputShape_NothingToNormalize_SaysWhatToDo()
    {
        var uneven = () => new GroupNormDefinition(4).OutputShape(Shape.Vector(6));
        var single = () => new GroupNormDefinition(6).OutputShape(Shape.Vector(6));
        var instance = () => new InstanceNormDefinition().OutputShape(Shape.Vector(6));
        var layer = () => new LayerNormDefinition().OutputShape(Shape.Vector(1));

        uneven.Should().Throw<ArgumentException>().WithMessage("4 groups do not divide 6 channels*");
        single.Should().Throw<ArgumentException>().WithMessage("Each of 6 groups*single value*fewer groups*");
        instance.Should().Throw<ArgumentException>().WithMessage("An input 6 has one value per channel*layer norm or group norm*");
        layer.Should().Throw<ArgumentException>().WithMessage("*at least 2 values*");
    }

    private static float[] Forward(NormDefinition definition, float[] x, int rows)
    {
        var y = new float[x.Length];
        definition.Build(Some.Site(Image, definition)).Forward(x, y, rows, Some.TrainingPass);
        return y;
    }
}
