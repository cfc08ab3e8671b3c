
namespace MLNet.BatchNorm.Core.Tests.Layers;

public class LayerDefinitionTests
{
    public static TheoryData<string, Func<object>> BadOptions => new()
    {
        { "Units must be positive*0*", () => new DenseDefinition(0) },
        { "Units must be positive*-1*", () => new DenseDefinition(4) with { Units = -1 } },
        { "Filters must be positive*0*", () => new Conv2DDefinition(0) },
        { "Filters must be positive*-1*", () => new Conv2DDefinition(4) with { Filters = -1 } },
        { "KernelHeight must be positive*", () => new Conv2DDefinition(4) { KernelHeight = 0 } },
        { "KernelWidth must be positive*", () => new Conv2DDefinition(4) { KernelWidth = 0 } },
        { "Stride must be positive*", () => new Conv2DDefinition(4) { Stride = 0 } },
        { "Padding must be 0 or more*", () => new Conv2DDefinition(4) { Padding = -1 } },
        { "Stride must be positive*1x0*", () => new Conv2DDefinition(4) { Stride = new Size2D(1, 0) } },
        { "Padding must be 0 or more*", () => new Conv2DDefinition(4) { Padding = new Padding2D(1, 1, -1, 1) } },
        { "Dilation must be positive*", () => new Conv2DDefinition(4) { Dilation = 0 } },
        { "Groups must be positive*", () => new Conv2DDefinition(4) { Groups = 0 } },
        { "Dilation must be positive*", () => new MaxPool2DDefinition { Dilation = -1 } },
        { "window must be positive*", () => Padding2D.Same(Shape.Image(4, 4, 1), 0, 1) },
        { "kernelSize must be positive*0*", () => NetworkDefinition.Empty.Conv2D(4, kernelSize: 0) },
        { "Size must be positive*", () => new MaxPool2DDefinition(0) },
        { "Size must be positive*", () => new AveragePool2DDefinition(2) with { Size = -2 } },
        { "Stride must be positive*", () => new MaxPool2DDefinition { Stride = 0 } },
        { "Padding must be 0 or more*", () => new AveragePool2DDefinition { Padding = -1 } },
        { "Epsilon must be positive*", () => new BatchNormDefinition { Epsilon = 0 } },
        { "Epsilon must be positive*", () => new BatchNormDefinition { Epsilon = float.NaN } },
        { "Momentum must be greater than 0 and at most 1*", () => new BatchNormDefinition { Momentum = 0 } },
        { "Momentum must be greater than 0 and at most 1*", () => new BatchNormDefinition { Momentum = 1.5f } },
        { "Momentum must be greater than 0 and at most 1*", () => new BatchNormDefinition { Momentum = float.NaN } },
        { "Rate must be at least 0 and less than 1*", () => new DropoutDefinition(1) },
        { "Rate must be at least 0 and less than 1*", () => new DropoutDefinition(0.5f) with { Rate = -0.1f } },
        { "Function must be one of Relu, Sigmoid, Tanh*", () => new ActivationDefinition((ActivationKind)99) },
        { "InitialSlope must be finite*", () => new PReluDefinition { InitialSlope = float.NaN } },
        { "Epsilon must be positive*", () => new RmsNormDefinition { Epsilon = -1 } },
        { "Std must be 0 or more*", () => Initializer.Normal(-1) },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Make_BadOption_NamesItAndWhatItMustBe(string message, Func<object> make) =>
        make.Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void BatchNormDefinition_Defaults_ArePyTorchs()
    {
        var definition = new BatchNormDefinition();

        definition.Epsilon.Should().Be(1e-5f);
        definition.Momentum.Should().Be(0.1f);
        definition.Center.Should().BeTrue();
        definition.Scale.Should().BeTrue();
        new BatchNormDefinition { Momentum = null }.Momentum.Should().BeNull();
    }
}
