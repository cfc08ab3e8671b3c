using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class NormGoldenTests
{
    // PyTorch's values are float64; ours carry a few float32 roundings of numbers up to 10, and sums of up to 72 of them.
    private const double Tolerance = 5e-6;

    private static readonly Golden Golden = new("norms.json");

    [Theory]
    [InlineData("batch")]
    [InlineData("batch_plain")]
    [InlineData("frozen")]
    [InlineData("layer")]
    [InlineData("group")]
    [InlineData("instance")]
    [InlineData("instance_plain")]
    public void TrainAndInfer_Image_MatchesPyTorch(string key)
    {
        var (layer, rows) = (Make(Definition(key)), Golden.Int("rows"));
        var (x, before) = (Golden.Floats("x"), Golden.Floats("before"));
        var (y, dx, inference) = (new float[x.Length], new float[x.Length], new float[x.Length]);

        layer.Forward(before, y, rows, Some.TrainingPass);
        if (key == "frozen")
            layer = Frozen((BatchNormLayer)layer);
        layer.Forward(x, y, rows, Some.TrainingPass);
        layer.Backward(x, y, Golden.Floats("upstream"), dx, rows);
        layer.ForInference()!(before, inference, rows);

        y.ShouldAgree(Golden.Doubles($"{key}_y"), Tolerance);
        dx.ShouldAgree(Golden.Doubles($"{key}_dx"), Tolerance);
        inference.ShouldAgree(Golden.Doubles($"{key}_inference"), Tolerance);
        foreach (var (parameter, gradient) in layer.Parameters.Zip(["dgamma", "dbeta"]))
            parameter.Gradient.ShouldAgree(Golden.Doubles($"{key}_{gradient}"), Tolerance);
        layer.Parameters.Should().HaveCount(key.EndsWith("plain", StringComparison.Ordinal) ? 0 : 2);
    }

    private static NormDefinition Definition(string key)
    {
        NormDefinition definition = key switch
        {
            "layer" => new LayerNormDefinition(),
            "group" => new GroupNormDefinition(Golden.Int("groups")),
            "instance" or "instance_plain" => new InstanceNormDefinition(),
            _ => new BatchNormDefinition { Momentum = (float)Golden.Double("momentum") },
        };
        var affine = !key.EndsWith("plain", StringComparison.Ordinal);
        return definition with { Epsilon = (float)Golden.Double("epsilon"), Scale = affine, Center = affine };
    }

    private static Layer Make(NormDefinition definition)
    {
        var shape = Shape.Image(Golden.Int("height"), Golden.Int("width"), Golden.Int("channels"));
        var layer = definition.Build(Some.Site(shape, definition));
        var prefix = definition is LayerNormDefinition ? "layer_" : "";
        foreach (var (parameter, name) in layer.Parameters.Zip(["gamma", "beta"]))
            Golden.Floats(prefix + name).CopyTo(parameter.Value);
        return layer;
    }

    private static Layer Frozen(BatchNormLayer trained)
    {
        var frozen = Make((NormDefinition)Definition("frozen").WithFrozenBatchNorm(BatchNormFreeze.Statistics));
        frozen.CopyFrom(trained);
        return frozen;
    }
}
