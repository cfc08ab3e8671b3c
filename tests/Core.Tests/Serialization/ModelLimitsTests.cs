using MLNet.BatchNorm.Core.Networks;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization;

public class ModelLimitsTests
{
    private static readonly ModelLimits Defaults = new();

    // Of a file of two dense layers of 8 and 2 units over 4 values, with relu between, and a norm that learns nothing.
    public static TheoryData<string, ModelLimits, ModelLimits> Limits => new()
    {
        { "*asks for 4 layers, more than the 3 of ModelLimits.Layers.*", Defaults with { Layers = 3 }, Defaults with { Layers = 4 } },
        {
            "*asks for 56 values at once*more than the 55 of ModelLimits.ActivationsPerRow.*",
            Defaults with { ActivationsPerRow = 55 }, Defaults with { ActivationsPerRow = 56 }
        },
        {
            "*asks for 352 float operations*more than the 351 of ModelLimits.OperationsPerRow.*",
            Defaults with { OperationsPerRow = 351 }, Defaults with { OperationsPerRow = 352 }
        },
        {
            "*asks for 16 parameters that it does not hold, more than the 15 of ModelLimits.ImpliedParameters.*",
            Defaults with { ImpliedParameters = 15 }, Defaults with { ImpliedParameters = 16 }
        },
        {
            "*asks for 291 bytes, more than the 290 of ModelLimits.PayloadBytes.*",
            Defaults with { PayloadBytes = 290 }, Defaults with { PayloadBytes = 291 }
        },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Read_OneMoreThanALimit_IsRefusedByItsNameAndRemedy(string message, ModelLimits tooLow, ModelLimits justEnough)
    {
        var file = Saved.Bytes(Small());
        var refused = () => Read(file, tooLow);

        refused.Should().Throw<ModelFormatException>().WithMessage(message)
            .WithMessage("*allow more before reading it: ModelLimits.Current = ModelLimits.Current with { * = * }.");
        Saved.Bytes(Read(file, justEnough)).Should().Equal(file);
    }

    [Fact]
    public void Current_IsTheDefaultsAndCannotBeNull()
    {
        var setNull = () => ModelLimits.Current = null!;

        ModelLimits.Current.Should().Be(Defaults);
        setNull.Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => Defaults with { Layers = 0 })
            .Should().Throw<ArgumentException>().WithMessage("Layers must be positive*");
    }

    [Fact]
    public void Defaults_ResNet152ForLargePictures_IsWithin()
    {
        var network = NetworkDefinition.Empty.Conv2D(64, kernelSize: 7, stride: 2, padding: 3).BatchNorm().Relu()
            .Add(new MaxPool2DDefinition(3) { Stride = 2, Padding = 1 });
        int[] blocks = [3, 8, 36, 3];
        for (var stage = 0; stage < blocks.Length; stage++)
            for (var i = 0; i < blocks[stage]; i++)
                network = Bottleneck(network, 64 << stage, stage > 0 && i == 0 ? 2 : 1);
        var plans = LayerPlan.Of(network.GlobalAveragePool().Dense(1000), Shape.Image(512, 512, 3), Initializer.He, random: null);

        // Two for each weight and pixel: 11.5 billion of 224x224 pixels (He et al., 2016, table 1, counts a product and its sum as one).
        var leaves = plans.SelectMany(plan => plan.Leaves).ToArray();
        var operations = leaves.Where(leaf => leaf.Definition is LinearDefinition)
            .Sum(leaf => 2 * leaf.Definition.StateSize(leaf.Site.Input) * leaf.Site.Output.Pixels);
        operations.Should().BeInRange(2 * 11_000_000_000L * 512 / 224 * 512 / 224, Defaults.OperationsPerRow / 4);
        ((long)NetworkBudget.ActivationsOf(plans)).Should().BeLessThan(Defaults.ActivationsPerRow / 4);
        leaves.Length.Should().BeLessThan(Defaults.Layers / 5);
    }

    [Fact]
    public void Defaults_AMillionColumns_AreWithin()
    {
        var columns = Shape.Vector(1_000_000);
        var norm = LayerPlan.Of(NetworkDefinition.Empty.BatchNorm().Dense(1), columns, Initializer.He, random: null);
        var text = LayerPlan.Of(NetworkDefinition.Empty.Dense(64).Relu().Dense(2), columns, Initializer.He, random: null);

        NetworkBudget.RequireMemory(norm, leavesOutRows: false, Saved.Reader(writer => writer.Write(new float[5_000_001])));
        NetworkBudget.RequireMemory(text, leavesOutRows: true, Saved.Reader(writer => writer.Write(new float[200])));
    }

    private static NetworkDefinition Bottleneck(NetworkDefinition net, int filters, int stride) => net
        .Residual(inner => inner
            .Conv2D(filters, kernelSize: 1).BatchNorm().Relu()
            .Conv2D(filters, stride: stride, padding: 1).BatchNorm().Relu()
            .Conv2D(4 * filters, kernelSize: 1).BatchNorm())
        .Relu();

    private static Network Small() => new(
        NetworkDefinition.Empty.Dense(8).Add(new LayerNormDefinition { Center = false, Scale = false }).Relu().Dense(2),
        Shape.Vector(4), seed: 1);

    private static Network Read(byte[] file, ModelLimits limits)
    {
        var reader = PayloadReader.Open(new MemoryStream(file), NetworkPayload.Kind, limits);
        return NetworkPayload.Read(reader);
    }
}
