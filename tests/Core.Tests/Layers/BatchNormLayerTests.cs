using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class BatchNormLayerTests
{
    private static readonly Golden Golden = new("batch-norm.json");

    [Fact]
    public void Forward_WorkedExample_GivesKnownValues()
    {
        var layer = Make(new BatchNormDefinition(), gamma: [2], beta: [1]);

        var y = new float[5];
        layer.Forward([1, 2, 3, 4, 5], y, 5, Some.TrainingPass);

        y.ShouldAgree([-1.82842, -0.41421, 1, 2.41421, 3.82842], 1e-5);   // five decimals are stated
    }

    [Theory]
    [InlineData("moving")]
    [InlineData("cumulative")]
    public void Training_TwoBatches_MatchesPyTorch(string average)
    {
        var (rows, channels) = (Golden.Int("rows"), Golden.Int("channels"));
        var definition = new BatchNormDefinition
        {
            Epsilon = (float)Golden.Double("epsilon"),
            Momentum = average == "moving" ? (float)Golden.Double("momentum") : null,
        };
        var layer = Make(definition, Golden.Floats("gamma"), Golden.Floats("beta"));
        var x = Golden.Floats("batch2");
        var (y, dx) = (new float[x.Length], new float[x.Length]);

        layer.Forward(Golden.Floats("batch1"), y, rows, Some.TrainingPass);
        layer.Forward(x, y, rows, Some.TrainingPass);
        layer.Backward(x, y, Golden.Floats("upstream"), dx, rows);

        // PyTorch's values are float64; ours carry a few float32 roundings of numbers up to 10.
        y.ShouldAgree(Golden.Doubles("y"), 3e-6);
        dx.ShouldAgree(Golden.Doubles("dx"), 3e-6);
        layer.Parameters[0].Gradient.ShouldAgree(Golden.Doubles("dgamma"), 3e-6);
        layer.Parameters[1].Gradient.ShouldAgree(Golden.Doubles("dbeta"), 3e-6);
        layer.RunningMean.ShouldAgree(Golden.Doubles($"{average}_running_mean"), 1e-6);
        layer.RunningVariance.ShouldAgree(Golden.Doubles($"{average}_running_var"), 1e-6);
        layer.Batches.Should().Be(2);

        var inference = new float[rows * channels];
        layer.Forward(Golden.Floats("batch1"), inference, rows, Pass.Inference);
        inference.ShouldAgree(Golden.Doubles($"{average}_inference"), 3e-6);
    }

    [Fact]
    public void Forward_Inference_ChangesNothing()
    {
        var layer = Make(new BatchNormDefinition(), gamma: [2, 3], beta: [1, -1]);
        var y = new float[2];

        layer.Forward([5, 6], y, 1, Pass.Inference);

        layer.RunningMean.Should().Equal(0, 0);
        layer.RunningVariance.Should().Equal(1, 1);
        layer.Batches.Should().Be(0);
        y.ShouldAgree([11, 17], 1e-5);   // epsilon 1e-5 halved is what the square root leaves
    }

    [Fact]
    public void Forward_Image_NormalizesEachChannelOverAllPixels()
    {
        const int channels = 3;
        var definition = new BatchNormDefinition();
        var image = (BatchNormLayer)definition.Build(Some.Site(Shape.Image(4, 5, channels), definition));
        var vector = (BatchNormLayer)definition.Build(Some.Site(Shape.Vector(channels), definition));
        var x = Some.Values(2 * 4 * 5 * channels, seed: 3);
        var (ofImage, ofVector) = (new float[x.Length], new float[x.Length]);

        image.Forward(x, ofImage, 2, Some.TrainingPass);
        vector.Forward(x, ofVector, 2 * 4 * 5, Some.TrainingPass);

        ofImage.Should().Equal(ofVector);
    }

    [Fact]
    public void Forward_OneImageInTraining_HasEnoughValues()
    {
        var definition = new BatchNormDefinition();
        var layer = definition.Build(Some.Site(Shape.Image(1, 2, 1), definition));
        var y = new float[2];

        layer.Forward([3, 5], y, 1, Some.TrainingPass);

        y.ShouldAgree([-1, 1], 1e-5);
    }

    [Fact]
    public void Forward_OneRowInTraining_SaysWhatToDo()
    {
        var layer = Make(new BatchNormDefinition(), gamma: [1, 1, 1], beta: [0, 0, 0]);
        var forward = () => layer.Forward(new float[3], new float[3], 1, Some.TrainingPass);

        forward.Should().Throw<ArgumentException>()
            .WithMessage("Batch norm needs at least 2 values per channel to train, got 1 (layer 'batchnorm1', input 3)*larger batch*");
        layer.Batches.Should().Be(0);
    }

    [Theory]
    [InlineData(true, true, new[] { "batchnorm1.gamma", "batchnorm1.beta" })]
    [InlineData(true, false, new[] { "batchnorm1.gamma" })]
    [InlineData(false, true, new[] { "batchnorm1.beta" })]
    [InlineData(false, false, new string[0])]
    public void Parameters_ScaleAndCenter_AreWhatIsLearned(bool scale, bool center, string[] names)
    {
        var layer = Some.Layer(new BatchNormDefinition { Scale = scale, Center = center }, 4);

        layer.Parameters.Select(parameter => parameter.Name).Should().Equal(names);
        layer.Parameters.Should().NotContain(parameter => parameter.Decays);
    }

    [Fact]
    public void Backward_NeitherScaleNorCenter_StillGivesTheInputGradient()
    {
        var x = Some.Values(7 * 3, seed: 5);
        var upstream = Some.Values(7 * 3, seed: 6);
        var layer = Some.Layer(new BatchNormDefinition { Scale = false, Center = false }, 3);
        var (y, dx) = (new float[21], new float[21]);

        layer.Forward(x, y, 7, Some.TrainingPass);
        layer.Backward(x, y, upstream, dx, 7);

        var oracle = new BatchNormOracle([1, 1, 1], [0, 0, 0], 1e-5f);
        dx.ShouldAgree(oracle.Backward([.. x.Select(v => (double)v)], [.. upstream.Select(v => (double)v)]).X, 3e-6);   // float32 rounding
    }

    private static BatchNormLayer Make(BatchNormDefinition definition, float[] gamma, float[] beta)
    {
        var layer = (BatchNormLayer)Some.Layer(definition, gamma.Length);
        gamma.CopyTo(layer.Parameters[0].Value);
        beta.CopyTo(layer.Parameters[1].Value);
        return layer;
    }
}
