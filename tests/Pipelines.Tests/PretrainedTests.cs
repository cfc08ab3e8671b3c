using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.BatchNorm.Pipelines.Tests;

/// <summary>Training from a network that was trained for something else.</summary>
public class PretrainedTests
{
    private static readonly IDataView Data = Toy.Keyed(Toy.Examples());

    // Of five outputs, which the toy problem has not.
    private static readonly Network Pretrained = Random(
        new Network(
            NetworkDefinition.Empty.Dense(8).BatchNorm().Relu().Dense(6).BatchNorm().Relu().Dense(5), Shape.Vector(2), seed: 7));

    private static readonly NeuralNetworkOptions Options = Toy.Quick with { Network = null, Pretrained = Pretrained, Epochs = 4 };

    [Fact]
    public void Fit_AllLayersButTheLastFrozen_HasItsNumbersAndANewOutput()
    {
        var before = Numbers(Pretrained);

        var model = Toy.Trainer(Options with { FreezeThrough = "relu2" }).Fit(Data).Model;

        model.Network.Parameters.Select(parameter => parameter.ToString()).Should().Equal(
            [.. Pretrained.Parameters.SkipLast(2).Select(parameter => parameter.ToString()), "dense3.weight [6, 3]", "dense3.bias [3]"]);
        foreach (var (now, then) in model.Network.Parameters.Zip(Pretrained.Parameters).SkipLast(2))
            now.Values.SequenceEqual(then.Values).Should().BeTrue(now.Name);
        foreach (var (now, then) in model.BatchNormLayers.Zip(Pretrained.BatchNormLayers))
            now.RunningMean.Should().Equal(then.RunningMean);
        Numbers(Pretrained).Should().Equal(before);
    }

    [Fact]
    public void Fit_NothingFrozen_TrainsACopy()
    {
        var before = Numbers(Pretrained);

        var model = Toy.Trainer(Options).Fit(Data).Model;

        foreach (var (now, then) in model.Network.Parameters.Zip(Pretrained.Parameters).SkipLast(2))
            now.Values.SequenceEqual(then.Values).Should().BeFalse(now.Name);
        Numbers(Pretrained).Should().Equal(before);
    }

    [Fact]
    public void Fit_NoDenseLayerAtItsEnd_KeepsAllLayers()
    {
        var body = new Network(NetworkDefinition.Empty.Dense(8).BatchNorm().Relu(), Shape.Vector(2), seed: 7).AsReadOnly();

        var network = Toy.Trainer(Options with { Pretrained = body, FreezeThrough = "relu1" }).Fit(Data).Model.Network;

        network.Parameters["dense1.weight"].Values.ToArray().Should().Equal(body.Parameters["dense1.weight"].Values.ToArray());
        network.Parameters["dense2.weight"].Dimensions.Should().Equal(8, 3);
    }

    [Fact]
    public void Fit_EncodingInFront_IsTheOnlyOne()
    {
        var definition = NetworkDefinition.Empty.Add(FeatureEncodingDefinition.Of([1, 2], [3, 4])).Dense(8).Relu();

        var network = Toy.Trainer(Options with { Pretrained = new Network(definition, Shape.Vector(2), seed: 7), NormalizeFeatures = true })
            .Fit(Data).Model.Network;

        network.Definition.Layers.Select(layer => layer.GetType().Name).Should().Equal(
            nameof(FeatureEncodingDefinition), nameof(DenseDefinition), nameof(ActivationDefinition), nameof(DenseDefinition));
        ((FeatureEncodingDefinition)network.Definition.Layers[0]).Scales!.Mean.Should().Equal(1, 2);
    }

    // The labels' unit is far from what the new output starts with.
    [Fact]
    public void Fit_Regression_PredictsInTheUnitOfTheLabel()
    {
        var data = Toy.View(Toy.Examples([1_000f, 2_000f, 3_000f]));
        var trainer = Toy.ML.Regression.Trainers.NeuralNetwork(Options with { Epochs = 40 });

        var metrics = Toy.ML.Regression.Evaluate(trainer.Fit(data).Transform(data));

        metrics.RSquared.Should().BeGreaterThan(0.9);
    }

    [Fact]
    public void Fit_Binary_HasOneOutputAndLearns()
    {
        var data = Toy.View(Toy.Examples([true, false, false]));
        var trainer = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Options with { Epochs = 40 });

        var model = trainer.Fit(data);

        model.Model.Network.OutputShape.Should().Be(Shape.Vector(1));
        Toy.ML.BinaryClassification.Evaluate(model.Transform(data)).AreaUnderRocCurve.Should().BeGreaterThan(0.95);
    }

    [Fact]
    public void Fit_NewOutput_StartsAtTheShareOfTheClass()
    {
        var data = Toy.View(Toy.Examples([true, false, false]));
        var trainer = Toy.ML.BinaryClassification.Trainers.NeuralNetwork(Options with { LearningRateFactor = _ => 0 });

        var bias = trainer.Fit(data).Model.Network.Parameters["dense3.bias"].Values[0];

        bias.Should().BeApproximately(MathF.Log(0.5f), 1e-6f);
    }

    [Fact]
    public void Fit_Images_TakesTheirShapeFromTheNetwork()
    {
        var data = Toy.Keyed(Toy.ML.Data.LoadFromEnumerable(Pictures()));
        var network = new Network(
            NetworkDefinition.Empty.Conv2D(4, padding: 1).BatchNorm().Relu().GlobalAveragePool(), Shape.Image(2, 3, 2), seed: 7);

        var model = Toy.Trainer(Options with { Pretrained = network }).Fit(data);

        model.Model.Network.InputShape.Should().Be(Shape.Image(2, 3, 2));
        // Planes in the column, pixels in the network.
        var planes = data.GetColumn<float[]>("Features").First();
        float[] scores = new float[3], pixels = [.. Enumerable.Range(0, 12).Select(i => planes[i % 2 * 6 + i / 2])];
        model.Model.Network.Predict(pixels, scores);
        var exponentials = scores.Select(score => Math.Exp(score)).ToArray();
        model.Transform(data).GetColumn<float[]>("Score").First().Zip(exponentials, (score, e) => Math.Abs(score - e / exponentials.Sum()))
            .Should().OnlyContain(difference => difference < 1e-6);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("relu1")]
    public void Fit_Resumed_EndsWithTheSameModel(string? freezeThrough)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var cancellation = new CancellationTokenSource();
        var options = Options with { FreezeThrough = freezeThrough, FreezeBatchNorm = BatchNormFreeze.Statistics };
        var whole = Toy.Trainer(options).Fit(Data);

        Toy.Trainer(options with
        {
            Checkpoint = new CheckpointOptions(path),
            CancellationToken = cancellation.Token,
            Progress = report => { if (report.Epoch == 2) cancellation.Cancel(); },
        }).Fit(Data);
        var resumed = Toy.Trainer(options with { ResumeFrom = path }).Fit(Data);

        Toy.PayloadOf(resumed, Data).Should().Equal(Toy.PayloadOf(whole, Data));
        File.Delete(path);
    }

    [Fact]
    public void FreezeBatchNorm_Statistics_KeepsThoseOfTheNetwork()
    {
        var model = Toy.Trainer(Options with { FreezeBatchNorm = BatchNormFreeze.Statistics }).Fit(Data).Model;

        foreach (var (now, then) in model.BatchNormLayers.Zip(Pretrained.BatchNormLayers))
        {
            now.RunningMean.Should().Equal(then.RunningMean);
            now.Gamma.Should().NotEqual(then.Gamma);
        }
    }

    [Fact]
    public void Fit_UnfrozenFromBehind_LearnsMoreEachTime()
    {
        var data = Data;
        string?[] stages = ["relu2", "relu1", null];
        NeuralNetworkModelParameters? model = null;
        var before = Pretrained;

        foreach (var (stage, changed) in stages.Zip([0, 3, 6]))
        {
            model = Toy.Trainer(Options with { FreezeThrough = stage, Epochs = 1 }).Fit(data, model).Model;
            Enumerable.Range(0, 6)   // weight, gamma and beta of two blocks
                .Where(i => !model.Network.Parameters[i].Values.SequenceEqual(before.Parameters[i].Values))
                .Should().Equal(Enumerable.Range(6 - changed, changed), stage);
            before = model.Network;
        }
    }

    [Fact]
    public void LearningRateFactor_OfAll_IsAnotherLearningRate()
    {
        var all = Toy.Trainer(Options with { LearningRateFactor = _ => 0.5f }).Fit(Data);
        var slower = Toy.Trainer(Options with { Optimizer = new Adam { LearningRate = 0.01f } }).Fit(Data);

        all.Model.Network.Parameters.SelectMany(parameter => parameter.Values.ToArray()).Should().Equal(
            slower.Model.Network.Parameters.SelectMany(parameter => parameter.Values.ToArray()));
    }

    [Fact]
    public void LearningRateFactor_0_KeepsParametersButNotStatistics()
    {
        var model = Toy.Trainer(Options with { LearningRateFactor = name => name == "dense3" ? 1 : 0 }).Fit(Data).Model;

        foreach (var (now, then) in model.Network.Parameters.Zip(Pretrained.Parameters).SkipLast(2))
            now.Values.SequenceEqual(then.Values).Should().BeTrue(now.Name);
        foreach (var (now, then) in model.BatchNormLayers.Zip(Pretrained.BatchNormLayers))
            now.RunningMean.Should().NotEqual(then.RunningMean);
    }

    [Fact]
    public void FindLearningRate_Pretrained_StartsFromIt()
    {
        var before = Numbers(Pretrained);
        double FirstLoss(NeuralNetworkOptions options) => Toy.Trainer(options).FindLearningRate(Data).Points[0].Loss;

        var loss = FirstLoss(Options);

        FirstLoss(Options with { Pretrained = Random(Pretrained.Copy(), seed: 9) }).Should().NotBe(loss);
        FirstLoss(Options with { FreezeThrough = "relu2" }).Should().NotBe(loss);   // its batch norm does as in prediction
        Numbers(Pretrained).Should().Equal(before);
    }

    [Fact]
    public void Fit_WhatDoesNotFitTheNetwork_SaysWhatToDo()
    {
        var image = new Network(NetworkDefinition.Empty.Conv2D(2), Shape.Image(4, 4, 3), seed: 1);
        var linear = new Network(NetworkDefinition.Empty.Dense(3), Shape.Vector(2), seed: 1);

        Refused(Options with { Network = net => net.Dense(3) }, "Both Network and Pretrained are set*Leave Network out*");
        Refused(Options with { Pretrained = image }, "*Pretrained takes an image of 4x4x3*48 values*'Features' has 2*ResizeImages*");
        Refused(Options with { Pretrained = image, Layout = ChannelLayout.PerSlot }, "*images of 4x4x3*PerSlot*ChannelsFirst*");
        Refused(Options with { ImageShape = Shape.Image(1, 2, 1) }, "*shape 2*ImageShape says 1x2x1*Leave ImageShape out*");
        Refused(Options with { Pretrained = linear }, "*Pretrained has no layer in front of its last one*");
        Refused(Options with { FreezeThrough = "dense9" }, "*no layer 'dense9'*");

        static void Refused(NeuralNetworkOptions options, string message) => ((Func<object>)(() => Toy.Trainer(options).Fit(Data)))
            .Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static IEnumerable<Picture> Pictures() => Toy.Examples().Select((example, i) => new Picture
    {
        Label = example.Label,
        Features = [.. Enumerable.Range(0, 12).Select(k => example.Features[k / 6] + (k + i) % 3)],
    });

    private static Network Random(Network network, int seed = 3)
    {
        var random = new Random(seed);
        foreach (var parameter in network.Parameters)
            parameter.Set([.. Enumerable.Range(0, parameter.Length).Select(_ => random.NextSingle() + 0.1f)]);
        foreach (var norm in network.BatchNormLayers)
            network.SetRunningStatistics(
                norm.Name,
                [.. norm.RunningMean.Select(_ => random.NextSingle() + 1)],
                [.. norm.RunningVariance.Select(_ => random.NextSingle() + 1)]);
        return network;
    }

    private static float[] Numbers(Network network) =>
    [
        .. network.Parameters.SelectMany(parameter => parameter.Values.ToArray()),
        .. network.BatchNormLayers.SelectMany(norm => norm.RunningMean),
    ];

    private sealed class Picture
    {
        public string Label { get; set; } = "";

        [VectorType(12)]
        public float[] Features { get; set; } = [];
    }
}
