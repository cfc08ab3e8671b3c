using MLNet.BatchNorm.Core.Layers;
using MLNet.BatchNorm.Core.Serialization;
using MLNet.BatchNorm.Core.Tests.Support;

namespace MLNet.BatchNorm.Core.Tests.Layers;

public class FeatureEncodingLayerTests
{
    private static readonly FeatureEncodingDefinition Definition = Some.Encoding(5);

    [Fact]
    public void Forward_NumbersAndBins_FollowTheFormulas()
    {
        var x = Some.Values(4 * 5, seed: 3, scale: 2);
        var y = new float[4 * Definition.Scales!.Outputs];

        Definition.Build(Some.Site(Shape.Vector(5), Definition)).Forward(x, y, 4, Pass.Inference);

        y.ShouldAgree(Oracle([.. x.Select(value => (double)value)]), 1e-6);   // a few float32 operations each
    }

    // Bins about whole vectors of every width; features with fewer and without any in between.
    [Fact]
    public void Forward_ManyBins_EachFollowsTheFormulaAlone()
    {
        int[] counts = [40, 0, 3, 16, 19, 8, 1, 9];
        float[][] edges =
            [.. counts.Select((bins, f) => Enumerable.Range(0, bins == 0 ? 0 : bins + 1).Select(t => f - 2 + (0.3f * t * t)).ToArray())];
        var means = Some.Values(counts.Sum(), seed: 7, scale: 0.1f);
        var definition = new FeatureEncodingDefinition
        {
            Bins = 40,
            Scales = new FeatureScales(new float[counts.Length], [.. counts.Select(_ => 1f)], edges, means),
        };
        var x = Some.Values(5 * counts.Length, seed: 8, scale: 30);
        x[3] = edges[3][5];
        x[11] = float.NaN;
        var y = new float[5 * definition.Scales.Outputs];

        definition.Build(Some.Site(Shape.Vector(counts.Length), definition)).Forward(x, y, 5, Pass.Inference);

        var bins = y.Chunk(definition.Scales.Outputs).SelectMany(row => row[counts.Length..]);
        bins.Should().Equal(x.Chunk(counts.Length).SelectMany(row => row
            .SelectMany((value, f) => edges[f].Zip(edges[f].Skip(1), (from, to) => Math.Clamp((value - from) / (to - from), 0, 1)))
            .Zip(means, (bin, mean) => bin - mean)));
    }

    [Fact]
    public void Forward_WithoutBins_Standardizes()
    {
        var scales = new FeatureScales([2_000, 1e9f], [0.5f, 1e-5f], [[], []], []);
        var definition = new FeatureEncodingDefinition { Scales = scales };
        var y = new float[4];

        definition.Build(Some.Site(Shape.Vector(2), definition)).Forward([2_004, 1e9f, 1_998, 1.0001e9f], y, 2, Pass.Training(default));

        y.Should().Equal(2, 0, -1, (1.0001e9f - 1e9f) * 1e-5f);
    }

    [Fact]
    public void Forward_Image_StandardizesEachChannel()
    {
        var definition = new FeatureEncodingDefinition { Scales = new FeatureScales([1, 10], [1, 0.1f], [[], []], []) };
        var y = new float[8];

        definition.Build(Some.Site(Shape.Image(2, 2, 2), definition)).Forward([1, 20, 2, 10, 3, 0, 4, 30], y, 1, Pass.Inference);

        y.Should().Equal(0, 1, 1, 0, 2, -1, 3, 2);
    }

    [Fact]
    public void Of_MeanAndDeviation_StandardizesVectorsAndImages()
    {
        var definition = FeatureEncodingDefinition.Of([1, 10], [0.5f, 4]);
        float[] x = [2, 18, 0, 2], expected = [2, 2, -2, -2], vectors = new float[4], image = new float[4];

        new Network(NetworkDefinition.Empty.Add(definition), Shape.Vector(2), seed: 1).Predict(x, vectors);
        new Network(NetworkDefinition.Empty.Add(definition), Shape.Image(2, 1, 2), seed: 1).Predict(x, image);

        vectors.Should().Equal(expected);
        image.Should().Equal(expected);
    }

    // torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]) of white and black.
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    public void ImageNet_WhiteAndBlack_AreWhatTorchvisionMakesOfThem(float white)
    {
        var network = new Network(
            NetworkDefinition.Empty.Add(FeatureEncodingDefinition.ImageNet(white)), Shape.Image(1, 2, 3), seed: 1);
        var y = new float[6];

        network.Predict([white, white, white, 0, 0, 0], y);

        y.ShouldAgree([2.24890830, 2.42857143, 2.64, -2.11790393, -2.03571429, -1.80444444], 1e-6);   // float32 rounding
    }

    [Fact]
    public void Of_WhatIsNoScale_IsRefused()
    {
        Refused(() => FeatureEncodingDefinition.Of([], []), "*0 means and 0 deviations*");
        Refused(() => FeatureEncodingDefinition.Of([1, 2], [1]), "*2 means and 1 deviations*");
        Refused(() => FeatureEncodingDefinition.Of([float.NaN], [1]), "*mean*finite*");
        Refused(() => FeatureEncodingDefinition.Of([1], [0]), "*deviation*positive*");
        Refused(() => FeatureEncodingDefinition.Of([1], [float.PositiveInfinity]), "*deviation*");
        Refused(() => FeatureEncodingDefinition.Of([1], [1e-40f]), "*deviation*");
        Refused(() => FeatureEncodingDefinition.ImageNet(white: 0), "*white*positive*");
        Refused(() => FeatureEncodingDefinition.Of([1], [1]) with { Bins = 3 }, "*bins are measured*");

        static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Backward_RandomUpstream_MatchesFiniteDifferences()
    {
        var layer = Definition.Build(Some.Site(Shape.Vector(5), Definition));
        var x = Some.Values(6 * 5, seed: 5);
        var upstream = Some.Values(6 * Definition.Scales!.Outputs, seed: 6);
        var (y, dx) = (new float[upstream.Length], new float[x.Length]);
        layer.Forward(x, y, 6, Some.TrainingPass);

        layer.Backward(x, y, upstream, dx, 6);

        double[] values = [.. x.Select(value => (double)value)];
        dx.ShouldAgree(FiniteDifference.Gradient(Oracle, values, [.. upstream.Select(value => (double)value)]), 1e-5);
    }

    [Fact]
    public void OutputShape_MeasuredOrNot_CountsNumbersAndBins()
    {
        new FeatureEncodingDefinition().OutputShape(Shape.Image(3, 3, 2)).Should().Be(Shape.Image(3, 3, 2));
        new FeatureEncodingDefinition { Bins = 4 }.OutputShape(Shape.Vector(3)).Should().Be(Shape.Vector(15));
        Definition.OutputShape(Shape.Vector(5)).Should().Be(Shape.Vector(5 + 3 * 3));
    }

    [Fact]
    public void OutputShape_WhatCannotBe_SaysWhy()
    {
        Refused(() => new FeatureEncodingDefinition { Bins = 4 }.OutputShape(Shape.Image(3, 3, 2)), "*not an image*");
        Refused(() => Definition.OutputShape(Shape.Vector(4)), "*numbers of 5 features and gets 4*");
        Refused(() => new Network(NetworkDefinition.Empty.Add(new FeatureEncodingDefinition()), Shape.Vector(2), 1), "*encoding1*trainer*");
        Refused(() => new FeatureEncodingDefinition { Bins = 256 }, "*Bins must be 0 to 255*");

        static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Payload_Encoding_ReadsAsItWasWritten()
    {
        var network = new Network(NetworkDefinition.Empty.Add(Definition).Dense(2), Shape.Vector(5), seed: 1);
        using var stream = new MemoryStream();
        NetworkPayload.Write(network, stream);
        stream.Position = 0;

        var read = NetworkPayload.Read(stream);

        var x = Some.Values(3 * 5, seed: 9);
        read.Forward(x, 3, Pass.Inference).ToArray().Should().Equal(network.Forward(x, 3, Pass.Inference).ToArray());
    }

    [Fact]
    public void Payload_EdgesThatDoNotRise_AreRefused()
    {
        var forged = Definition with { Scales = Definition.Scales! with { Edges = [[1, 1, 2], [], [], [], []] } };
        using var stream = new MemoryStream();
        NetworkPayload.Write(new Network(NetworkDefinition.Empty.Add(forged).Dense(2), Shape.Vector(5), seed: 1), stream);
        stream.Position = 0;

        ((Func<object>)(() => NetworkPayload.Read(stream))).Should().Throw<ModelFormatException>().WithMessage("*edges*rise*");
    }

    private static double[] Oracle(double[] x)
    {
        var scales = Definition.Scales!;
        return [.. x.Chunk(5).SelectMany(row => Numbers(row).Concat(Bins(row)))];

        IEnumerable<double> Numbers(double[] row) =>
            row.Select((value, f) => 3 * Math.Asinh((value - scales.Mean[f]) * scales.Factor[f] / 3));

        IEnumerable<double> Bins(double[] row) => row
            .SelectMany((value, f) => scales.Edges[f].Zip(
                scales.Edges[f].Skip(1), (from, to) => Math.Clamp((value - from) / (to - from), 0, 1)))
            .Zip(scales.BinMeans, (bin, mean) => bin - mean);
    }
}
