using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Serialization.Safetensors;

/// <summary>Residual networks with torchvision's names, and what PyTorch computes with them (Goldens/make_resnets.py).</summary>
public class TorchvisionNamesTests
{
    [Theory]
    [InlineData(18)]
    [InlineData(34)]
    [InlineData(50)]
    public void Of_AResNet_AreThoseOfTorchvisionWithTheirShapes(int depth)
    {
        var network = New(depth);

        var keys = SafetensorsFile.Load(network, new TorchvisionResNet(depth).ToFile(), TorchvisionNames.Of(network));

        keys.Missing.Should().BeEmpty();
        keys.Unexpected.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_AnEncodingInFrontAndNoHead_LeavesBothOut(bool encodes)
    {
        var front = encodes ? NetworkDefinition.Empty.Add(FeatureEncodingDefinition.ImageNet()) : NetworkDefinition.Empty;
        var network = new Network(TorchvisionResNet.Layers(18, front), TorchvisionResNet.Image, seed: 1);

        var keys = SafetensorsFile.Load(network, new TorchvisionResNet(18).ToFile(), TorchvisionNames.Of(network), strict: false);

        keys.Missing.Should().BeEmpty();
        keys.Unexpected.Should().Equal("fc.weight", "fc.bias");
    }

    [Theory]
    [InlineData(18)]
    [InlineData(50)]
    public void Forward_WeightsOfAFile_GivesWhatPyTorchGives(int depth)
    {
        var (expected, network) = (new TorchvisionResNet(depth), Loaded(depth));
        var outputs = new float[TorchvisionResNet.Rows * TorchvisionResNet.Classes];

        network.Predict(TorchvisionResNet.Pixels, outputs);
        ShouldAgree(outputs, expected.Outputs("inference"), "inference");

        network.Forward(TorchvisionResNet.Pixels, TorchvisionResNet.Rows, Some.TrainingPass).CopyTo(outputs);
        ShouldAgree(outputs, expected.Outputs("training"), "training");
    }

    [Theory]
    [InlineData(18)]
    [InlineData(50)]
    public void Backward_WeightsOfAFile_GivesPyTorchsGradientsAndRunningStatistics(int depth)
    {
        var (pixels, network) = (TorchvisionResNet.Pixels, Loaded(depth));

        network.Forward(pixels, TorchvisionResNet.Rows, Some.TrainingPass);
        network.Backward(pixels, TorchvisionResNet.Upstream);

        // In place of the parameters, gradients leave in PyTorch's order.
        foreach (var parameter in network.TrainableParameters)
            parameter.Gradient.CopyTo(parameter.Value);
        var tensors = TorchvisionResNet.TensorsOf(SafetensorsFile.Save(network, TorchvisionNames.Of(network)));
        var steps = new TorchvisionResNet(depth).Step;
        steps.Select(step => step.Name).Should().BeEquivalentTo(tensors.Keys);
        // Batch norm behind a bias takes nearly all of its gradient away; what is left is as exact as what was there.
        var least = 1e-3 * steps.Max(step => step.Values[0]);
        foreach (var (name, values) in steps)
        {
            var numbers = tensors[name];
            var scale = Math.Max(values[0], least);
            Math.Sqrt(numbers.Sum(number => (double)number * number)).Should().BeApproximately(values[0], 1e-4 * scale, name);
            for (var k = 0; k < 4; k++)
            {
                var expected = values[k + 1];
                var allowed = 1e-4 * Math.Max(Math.Abs(expected), scale / Math.Sqrt(numbers.Length));   // or of one of typical size
                ((double)numbers[(long)k * (numbers.Length - 1) / 3]).Should().BeApproximately(expected, allowed, "{0}, {1}", name, k);
            }
        }
    }

    [Fact]
    public void Of_OtherLayers_IsRefusedWithTheirNames()
    {
        var small = new Network(NeuralNetworks.ResNet(depth: 8)(NetworkDefinition.Empty), Shape.Image(8, 8, 3), seed: 1);
        var longer = new Network(TorchvisionResNet.Layers(18).Dense(4).Dense(3), TorchvisionResNet.Image, seed: 1);

        foreach (var network in new[] { small, longer })
            ((Func<object>)(() => TorchvisionNames.Of(network))).Should().Throw<ArgumentException>()
                .WithMessage("*NeuralNetworks.ResNet18*It has: conv1, *");
    }

    private static void ShouldAgree(float[] outputs, double[] expected, string phase)
    {
        var largest = expected.Max(Math.Abs);
        for (var i = 0; i < outputs.Length; i++)
            ((double)outputs[i]).Should().BeApproximately(expected[i], 1e-4 * largest, "{0}, output {1}", phase, i);
    }

    private static Network New(int depth) =>
        new(TorchvisionResNet.Layers(depth).Dense(TorchvisionResNet.Classes), TorchvisionResNet.Image, seed: 1);

    private static Network Loaded(int depth)
    {
        var network = New(depth);
        SafetensorsFile.Load(network, new TorchvisionResNet(depth).ToFile(), TorchvisionNames.Of(network));
        return network;
    }
}
