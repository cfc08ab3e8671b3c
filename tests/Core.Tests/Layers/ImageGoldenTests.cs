using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class ImageGoldenTests
{
    // PyTorch's values are float64; ours are float32 sums of up to 60 products of numbers up to about 3.
    private const double Tolerance = 1e-5;

    private static readonly Golden Golden = new("images.json");
    private static readonly Shape Input = Shape.Image(Golden.Int("height"), Golden.Int("width"), Golden.Int("channels"));

    [Theory]
    [InlineData("conv")]
    [InlineData("conv_padded")]
    [InlineData("conv_strided")]
    [InlineData("conv_pixel")]
    public void ForwardAndBackward_Convolution_MatchPyTorch(string key)
    {
        int[] window = [.. Golden.Doubles($"{key}_window").Select(value => (int)value)];
        var layer = Check(key, new Conv2DDefinition(Golden.Int("filters"))
        {
            KernelHeight = window[0],
            KernelWidth = window[1],
            Stride = window[2],
            Padding = window[3],
        });

        layer.Parameters[0].Gradient.ShouldAgree(Golden.Doubles($"{key}_dweight"), Tolerance);
        layer.Parameters[1].Gradient.ShouldAgree(Golden.Doubles($"{key}_dbias"), Tolerance);
    }

    public static TheoryData<string, LayerDefinition> Pools => new()
    {
        { "max", new MaxPool2DDefinition() },
        { "max_overlapping", new MaxPool2DDefinition(3) { Stride = 2, Padding = 1 } },
        { "average", new AveragePool2DDefinition() },
        { "average_overlapping", new AveragePool2DDefinition(3) { Stride = 2, Padding = 1 } },
        { "global", new GlobalAveragePoolDefinition() },
    };

    [Theory]
    [MemberData(nameof(Pools))]
    public void ForwardAndBackward_Pool_MatchPyTorch(string key, LayerDefinition definition) =>
        Check(key, definition).Parameters.Should().BeEmpty();

    private static Layer Check(string key, LayerDefinition definition)
    {
        var rows = Golden.Int("rows");
        var (x, upstream) = (Golden.Floats("x"), Golden.Floats($"{key}_upstream"));
        var layer = definition.Build(Some.Site(Input, definition));
        foreach (var (parameter, name) in layer.Parameters.Zip(["weight", "bias"]))
            Golden.Floats($"{key}_{name}").CopyTo(parameter.Value);
        var (y, dx) = (new float[rows * layer.OutputShape.Size], new float[x.Length]);

        layer.Forward(x, y, rows, Some.TrainingPass);
        layer.Backward(x, y, upstream, dx, rows);

        y.ShouldAgree(Golden.Doubles($"{key}_y"), Tolerance);
        dx.ShouldAgree(Golden.Doubles($"{key}_dx"), Tolerance);
        return layer;
    }
}
